import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a {@link Gate} does with a request: lets it through, or answers it itself. */
export type GateRule = (request: IncomingMessage, response: ServerResponse) => 'pass' | 'answered'

/** A door before a service, to make it slow, forbidding or broken. */
export interface Gate {
  readonly endpoint: string
  rule: GateRule
  close(): Promise<void>
}

/** Puts a gate before a service; signatures hold, because the host name goes through as it came. */
export async function startGate(target: string, rule: GateRule = () => 'pass'): Promise<Gate> {
  const server = createServer((request, response) => {
    if (gate.rule(request, response) === 'answered') {
      request.resume()
      return
    }
    const onward = send(
      target + (request.url ?? '/'),
      { method: request.method ?? 'GET', headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
        answer.pipe(response)
      },
    )
    onward.on('error', () => response.destroy())
    request.on('error', () => onward.destroy())
    request.pipe(onward)
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const gate: Gate = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    rule,
    async close() {
      const closed = new Promise<void>((done) => server.close(() => done()))
      server.closeAllConnections()
      await closed
    },
  }
  return gate
}

/** Answers as S3 does when it refuses. */
export function refuse(response: ServerResponse, status: number, code: string, message: string): 'answered' {
  response.writeHead(status, { 'Content-Type': 'application/xml' })
  response.end(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>GATE</RequestId></Error>`,
  )
  return 'answered'
}
