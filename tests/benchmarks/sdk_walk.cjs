// Walk all process instances with @camunda8/sdk and print seconds and rows as JSON. It keeps no row, which is to the
// SDK's advantage.

const { createRequire } = require('node:module')

const { sdk, baseUrl, headers } = JSON.parse(process.argv[2])
const { OperateApiClient } = createRequire(`${sdk}/`)('@camunda8/sdk').Operate

const operate = new OperateApiClient({
	config: {
		CAMUNDA_AUTH_STRATEGY: 'NONE',
		CAMUNDA_OPERATE_BASE_URL: baseUrl,
		// Its own cookie login forgets the CSRF header, so that Operate answers 403.
		middleware: [
			(options) => {
				Object.assign(options.headers, headers)
			},
		],
	},
})

async function main() {
	const began = performance.now()
	let rows = 0
	let searchAfter
	for (;;) {
		const page = await operate.searchProcessInstances({ size: 1000, searchAfter })
		if (!page.items.length) break
		rows += page.items.length
		// Where a server sends numbers (its Elasticsearch driver does) the SDK gives objects of its own, and would send
		// those back, which no server reads: as text they go through, to the last digit.
		searchAfter = page.sortValues.map(String)
	}
	console.log(JSON.stringify({ seconds: (performance.now() - began) / 1000, rows }))
}

main().catch((error) => {
	console.error(error)
	process.exit(1)
})
