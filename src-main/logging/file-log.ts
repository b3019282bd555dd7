import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { describeDetails } from './describe-error.ts'
import type { Log } from './log.ts'
import type { Redactor } from './redact.ts'

/** The levels, from the least to the most important. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const

/** See {@link logLevels}. */
export type LogLevel = (typeof logLevels)[number]

/** Where and how much is logged. */
export interface FileLogOptions {
  /** Holds `pail.log` and the older `pail.1.log` …; null writes no file. */
  readonly directory: string | null
  readonly redactor: Redactor
  readonly level: LogLevel
  /** Where lines also go in development, such as stderr. */
  readonly echo: ((line: string) => void) | null
  readonly maxFileBytes?: number
  /** Files kept, with the current one. */
  readonly maxFiles?: number
  readonly now?: () => Date
}

const maxLineLength = 16 * 1024

/** A log whose file is open until it is closed. */
export interface FileLog extends Log {
  close(): void
}

/**
 * One JSON document a line in a file that only its owner can read, rotated and bounded (S26). Lines are written at
 * once, so that the last one before a crash is there. A log that cannot be written says so once and goes on without.
 */
export function createFileLog(options: FileLogOptions): FileLog {
  const { directory, redactor, level, echo } = options
  const maxFileBytes = options.maxFileBytes ?? 1024 * 1024
  const maxFiles = options.maxFiles ?? 4
  const now = options.now ?? (() => new Date())
  const lowest = logLevels.indexOf(level)
  let file: { descriptor: number; bytes: number } | null = null
  let broken = directory === null

  const nameOf = (index: number): string =>
    join(directory ?? '', index === 0 ? 'pail.log' : `pail.${index}.log`)

  function open(): { descriptor: number; bytes: number } {
    mkdirSync(directory ?? '', { recursive: true, mode: 0o700 })
    // A link planted in the file's place would have us write elsewhere.
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | (constants.O_NOFOLLOW ?? 0)
    const descriptor = openSync(nameOf(0), flags, 0o600)
    // An older file may have been made with other permissions; Windows has none of these.
    if (process.platform !== 'win32') fchmodSync(descriptor, 0o600)
    return { descriptor, bytes: fstatSync(descriptor).size }
  }

  function rotate(): void {
    rmSync(nameOf(maxFiles - 1), { force: true })
    for (let index = maxFiles - 2; index >= 0; index -= 1) {
      try {
        renameSync(nameOf(index), nameOf(index + 1))
      } catch (error) {
        // There are not yet that many.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      }
    }
  }

  function close(): void {
    if (file !== null) closeSync(file.descriptor)
    file = null
  }

  function append(line: string): void {
    if (broken) return
    try {
      const bytes = Buffer.from(`${line}\n`, 'utf8')
      file ??= open()
      if (file.bytes > 0 && file.bytes + bytes.length > maxFileBytes) {
        close()
        rotate()
        file = open()
      }
      writeSync(file.descriptor, bytes)
      file.bytes += bytes.length
    } catch (error) {
      broken = true
      echo?.(`The log cannot be written: ${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}`)
    }
  }

  function write(lineLevel: LogLevel, message: string, details: unknown): void {
    if (logLevels.indexOf(lineLevel) < lowest) return
    const line = JSON.stringify({
      time: now().toISOString(),
      level: lineLevel,
      message: redactor.redact(message).slice(0, 2000),
      ...(details === undefined ? {} : { details: describeDetails(details, redactor) }),
    })
    const bounded =
      line.length <= maxLineLength
        ? line
        : JSON.stringify({
            time: now().toISOString(),
            level: lineLevel,
            message: redactor.redact(message).slice(0, 500),
          })
    append(bounded)
    echo?.(bounded)
  }

  return {
    debug: (message, details) => write('debug', message, details),
    info: (message, details) => write('info', message, details),
    warn: (message, details) => write('warn', message, details),
    error: (message, details) => write('error', message, details),
    addKnownSecret: (secret) => redactor.addKnownSecret(secret),
    redact: (text) => redactor.redact(text),
    close,
  }
}
