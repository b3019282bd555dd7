import type { ServerResponse } from 'node:http'
import { failure } from '../../src-preload/contract/failure.ts'
import type { Clipboard } from '../backend/backend-parts.ts'

/** Server-sent events to every open page, and the clipboard of the page as the backend's. */
export interface EventStream {
  /** Keeps the response open until its page goes away. */
  open(response: ServerResponse): void
  send(name: string, data: unknown): void
  readonly clipboard: Clipboard
  /** A page tells whether it could write. */
  clipboardWritten(id: number, written: boolean): void
  close(): void
}

/** A page that has not written after this many milliseconds has not written. */
const clipboardWaitMilliseconds = 5000

/** A page that reads too slowly is cut off at this many waiting bytes: its next connection gets whole snapshots again. */
const maxWaitingBytes = 8 * 1024 * 1024

/** See {@link EventStream}. */
export function createEventStream(): EventStream {
  const open = new Set<ServerResponse>()
  const waiting = new Map<number, (written: boolean) => void>()
  let nextId = 1
  // Proxies and sleeping computers close what is silent.
  const heartbeat = setInterval(() => {
    for (const response of open) response.write(': still here\n\n')
  }, 25_000)
  heartbeat.unref()

  function send(name: string, data: unknown): void {
    // JSON has no raw newlines, which would end the field.
    const text = `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
    for (const response of open) {
      if (response.writableLength <= maxWaitingBytes) response.write(text)
      else {
        open.delete(response)
        response.destroy()
      }
    }
  }

  return {
    open(response) {
      response.write('retry: 1000\n\n')
      open.add(response)
      response.on('close', () => open.delete(response))
      // A page that went away in the middle of a line; it connects again if it is still there.
      response.on('error', () => open.delete(response))
    },
    send,
    clipboard: {
      writeText(text) {
        return new Promise((resolve, reject) => {
          const id = nextId
          nextId += 1
          const settle = (written: boolean): void => {
            clearTimeout(timer)
            waiting.delete(id)
            if (written) resolve()
            else reject(failure('not-supported', 'The browser did not let Pail write to the clipboard.'))
          }
          const timer = setTimeout(() => settle(false), clipboardWaitMilliseconds)
          waiting.set(id, settle)
          if (open.size === 0) settle(false)
          else send('clipboard', { id, text })
        })
      },
    },
    clipboardWritten: (id, written) => waiting.get(id)?.(written),
    close() {
      clearInterval(heartbeat)
      for (const response of open) response.end()
      open.clear()
      for (const settle of waiting.values()) settle(false)
    },
  }
}
