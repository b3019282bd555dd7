import type { AddressInfo, Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What goes wrong on connections. Bytes are those of all requests of one, heads included. */
export interface LineFault {
  /** The connection is reset when so many bytes have been sent. */
  readonly resetAfterUp?: number
  /** The connection is reset when so many bytes of answers have come. */
  readonly resetAfterDown?: number
  /** What is sent after so many bytes is taken and goes nowhere, and no answer comes. */
  readonly silentAfterUp?: number
  /** So many connections are broken, and no more. */
  readonly times?: number
  /** In both directions, with pauses between a half and one and a half times as long as they should be. */
  readonly bytesPerSecond?: number
}

/** A TCP proxy that breaks connections. */
export interface FaultProxy {
  readonly endpoint: string
  /** How many connections were broken. */
  readonly broken: () => number
  close(): Promise<void>
}

/** At a time, on a slow line. */
const pieceBytes = 1024

/** Starts one in front of a server on this computer. A fault may be another one for each connection. */
export async function startFaultProxy(
  target: string,
  given: LineFault | (() => LineFault),
  random: () => number = Math.random,
): Promise<FaultProxy> {
  const { hostname, port: targetPort } = new URL(target)
  const sockets = new Set<Socket>()
  let broken = 0

  /** Hands bytes on, at the pace of the fault. */
  function line(to: Socket, { bytesPerSecond }: LineFault): (bytes: Buffer) => void {
    if (bytesPerSecond === undefined) return (bytes) => void to.write(bytes)
    let last = Promise.resolve()
    return (bytes) => {
      last = last.then(async () => {
        for (let at = 0; at < bytes.byteLength && !to.destroyed; at += pieceBytes) {
          await sleep(((pieceBytes * 1000) / bytesPerSecond) * (0.5 + random()))
          to.write(bytes.subarray(at, at + pieceBytes))
        }
      })
    }
  }

  const server = createServer((client) => {
    const fault = typeof given === 'function' ? given() : given
    const mayBreak = () => broken < (fault.times ?? Number.POSITIVE_INFINITY)
    const reset = () => {
      broken++
      client.resetAndDestroy()
      service.destroy()
    }
    const service = connect({ host: hostname, port: Number(targetPort) })
    const up = line(service, fault)
    const down = line(client, fault)
    let sent = 0
    let isSilent = false
    client.on('data', (bytes: Buffer) => {
      sent += bytes.byteLength
      if (isSilent) return
      if (mayBreak() && sent > (fault.resetAfterUp ?? Number.POSITIVE_INFINITY)) reset()
      else if (mayBreak() && sent > (fault.silentAfterUp ?? Number.POSITIVE_INFINITY)) {
        broken++
        isSilent = true
      } else up(bytes)
    })
    let received = 0
    service.on('data', (bytes: Buffer) => {
      received += bytes.byteLength
      if (isSilent) return
      if (mayBreak() && received > (fault.resetAfterDown ?? Number.POSITIVE_INFINITY)) reset()
      else down(bytes)
    })
    for (const [one, other] of [
      [client, service],
      [service, client],
    ] as const) {
      sockets.add(one)
      one.on('error', () => undefined)
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    broken: () => broken,
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => {
        server.close(() => resolve())
      })
    },
  }
}
