// Camunda's OperateApiClient, called from outside. A line of input is {method, calls: [[argument, ...], ...]}, the line
// of output that answers it is [{answer} or {refused: {status, message}}, ...]. All settings come from the environment.

const dns = require('node:dns')
const http = require('node:http')
const readline = require('node:readline')
const { OperateApiClient } = require('@camunda8/sdk').Operate

// A sandbox is named by its address: who looks a name up wants another host.
dns.lookup = (name) => {
	throw new Error(`The client wanted to reach ${name}.`)
}
http.globalAgent.maxSockets = 8

const operate = new OperateApiClient()

async function called(method, call) {
	try {
		return { answer: await operate[method](...call) }
	} catch (error) {
		return { refused: { status: error.response?.statusCode ?? null, message: error.message } }
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
