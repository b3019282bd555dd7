import type { Writable } from 'node:stream'
import type { AppError } from '../../src-preload/contract/app-error.ts'
import { failure, type Failure } from '../../src-preload/contract/failure.ts'
import { plainText } from './plain-text.ts'

/** A stream that may be a terminal. */
export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number }

/** What a command writes: data on stdout, words on stderr. */
export interface Output {
  /** Whether one JSON document is the answer, in place of lines. */
  readonly json: boolean
  /** Whether words are kept back but for failures and warnings. */
  readonly quiet: boolean
  /** Writes one line of data; waits for a slow reader. With `--json` lines are not written. */
  line(text: string): Promise<void>
  /** Writes bytes to stdout as they are. */
  bytes(chunk: Uint8Array): Promise<void>
  /** The command's one JSON document; written only with `--json`. */
  document(value: unknown): Promise<void>
  /**
   * One of many JSON documents, each on a line of its own, for a command that goes on; written only with `--json`. What
   * follows, {@link Output.document} too, is on one line as well.
   */
  record(value: unknown): void
  /** Whether the document has been written. */
  answered(): boolean
  /** A sentence for the person; `--quiet` keeps it back. */
  say(text: string): void
  /** A sentence that is said even with `--quiet`: a failure or a warning. */
  warn(text: string): void
  /** What another program wrote, on stderr as it is: whoever passes it on has made it plain text. */
  passOn(text: string): void
  /** Names one failure. */
  failed(error: Pick<AppError, 'code' | 'message' | 's3Code'> & { readonly key?: string | null }): void
  /** Rewrites the one line of progress: on a terminal only, at most ten times a second. */
  progress(text: string): void
  /** Takes the line of progress away. */
  endProgress(): void
  /** True when nobody reads stdout any more (`pail ls … | head`). */
  closed(): boolean
  /** Returns when everything has been handed to the system. */
  flush(): Promise<void>
}

/** See {@link Output}. A reader that goes away is not an error: what would be written is dropped from then on. */
export function createOutput(parts: {
  stdout: OutputStream
  stderr: OutputStream
  json: boolean
  quiet: boolean
  now?: () => number
}): Output {
  const { stdout, stderr, json, quiet, now = Date.now } = parts
  let gone = false
  let wordsGone = false
  let answered = false
  /** Whether `record` has written. */
  let areLines = false
  let shown = false
  /** Whether another program's last line has no end yet. */
  let isLineOpen = false
  let lastProgressAt = Number.NEGATIVE_INFINITY
  let waiting: (() => void)[] = []
  const release = () => {
    const ready = waiting
    waiting = []
    for (const resolve of ready) resolve()
  }
  let broken: Failure | null = null
  stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    // EPIPE and its kin: the reader has left. A full disk behind `>` is different and has to fail the command.
    if (code !== 'EPIPE' && code !== 'EOF' && code !== 'ERR_STREAM_DESTROYED')
      broken = failure(
        code === 'ENOSPC' ? 'disk-full' : 'local-file',
        `The output cannot be written (${code}).`,
      )
    gone = true
    release()
  })
  stdout.on('drain', release)
  stdout.on('close', () => {
    gone = true
    release()
  })
  stderr.on('error', () => {
    wordsGone = true
  })

  async function write(chunk: string | Uint8Array): Promise<void> {
    if (!gone && !stdout.write(chunk)) await new Promise<void>((resolve) => waiting.push(resolve))
    throwIfBroken()
  }
  function throwIfBroken(): void {
    const error = broken
    // Once: whoever hears of it names it.
    broken = null
    if (error) throw error
  }
  function words(text: string): void {
    if (!wordsGone) stderr.write(text)
  }
  function endProgress(): void {
    if (shown) words('\r\u001b[K')
    if (isLineOpen) words('\n')
    shown = false
    isLineOpen = false
  }
  function sentence(text: string): void {
    endProgress()
    words(`${plainText(text)}\n`)
  }

  return {
    json,
    quiet,
    async line(text) {
      if (json) return
      endProgress()
      await write(`${text}\n`)
    },
    bytes: write,
    async document(value) {
      if (!json || answered) return
      answered = true
      endProgress()
      await write(`${JSON.stringify(value, null, areLines ? 0 : 2)}\n`)
    },
    record(value) {
      if (!json) return
      areLines = true
      endProgress()
      // What goes wrong is told when the output is flushed.
      if (!gone) stdout.write(`${JSON.stringify(value)}\n`)
    },
    answered: () => answered,
    say(text) {
      if (!quiet) sentence(text)
    },
    warn: sentence,
    passOn(text) {
      if (text === '') return
      if (!isLineOpen) endProgress()
      words(text)
      isLineOpen = !text.endsWith('\n')
    },
    failed({ code, message, s3Code, key }) {
      const detail = s3Code === undefined || s3Code === code ? code : `${code}, ${s3Code}`
      sentence(`pail: ${key ? `${key}: ` : ''}${message} (${detail})`)
    },
    progress(text) {
      if (quiet || !stderr.isTTY) return
      if (now() - lastProgressAt < 100) return
      lastProgressAt = now()
      shown = true
      // One column short of the edge, where terminals would wrap.
      const room = Math.max(20, (stderr.columns ?? 80) - 1)
      words(`\r\u001b[K${plainText(text).slice(0, room)}`)
    },
    endProgress,
    closed: () => gone,
    async flush() {
      endProgress()
      await Promise.all(
        [stdout, stderr].map(
          (stream) =>
            new Promise<void>((resolve) => {
              if (stream.destroyed || (stream === stdout ? gone : wordsGone)) return resolve()
              stream.once('error', () => resolve())
              stream.once('close', () => resolve())
              stream.write('', () => resolve())
            }),
        ),
      )
      throwIfBroken()
    },
  }
}
