// The schemas by which Camunda's client checks a search before it sends it, as JSON schema, by the path that it is sent
// to. The folder of Node's packages is the argument.

import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const folder = join(process.argv[2], 'orchestration-cluster-api-9', 'dist')
const { z } = createRequire(join(folder, 'index.cjs'))('zod')
const generated = readdirSync(folder).find((name) => /^zod\.gen-.*\.js$/.test(name))
const known = await import(pathToFileURL(join(folder, generated)))

const schemas = {}
for (const [name, schema] of Object.entries(known)) {
	const found = /^zSearch(\w+)Data$/.exec(name)
	if (found === null || schema.shape?.body === undefined) continue
	const path = found[1].replace(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase()
	schemas[path] = z.toJSONSchema(schema.shape.body, { io: 'input', unrepresentable: 'any' })
}
process.stdout.write(JSON.stringify(schemas))
