// The client of Camunda's v2 API, called from outside, as operate_api_client.cjs says. The package is named by
// CLUSTER_CLIENT; all other settings are the client's own.

const dns = require('node:dns')
const readline = require('node:readline')
const { createCamundaClient } = require(process.env.CLUSTER_CLIENT)

// A sandbox is named by its address: who looks a name up wants another host.
dns.lookup = (name) => {
	throw new Error(`The client wanted to reach ${name}.`)
}

const cluster = createCamundaClient()

async function called(method, call) {
	try {
		return { answer: await cluster[method](...call, { consistency: { waitUpToMs: 0 } }) }
	} catch (error) {
		return { refused: { status: error.status ?? null, message: [error.message, ...(error.issues ?? [])].join(' ') } }
	}
}

async function main() {
	for await (const line of readline.createInterface({ input: process.stdin })) {
		const { method, calls } = JSON.parse(line)
		const answers = await Promise.all(calls.map((call) => called(method, call)))
		process.stdout.write(`${JSON.stringify(answers)}\n`)
	}
}

main()
