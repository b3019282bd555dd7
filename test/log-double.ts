import type { Log } from '../src-main/logging/log.ts'

/** A log that remembers. */
export interface LogDouble extends Log {
  readonly lines: { level: string; message: string; details: unknown }[]
}

/** See {@link LogDouble}. */
export function createLogDouble(): LogDouble {
  const lines: LogDouble['lines'] = []
  const write = (level: string) => (message: string, details?: unknown) =>
    void lines.push({ level, message, details })
  return {
    lines,
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    addKnownSecret: (secret) => void lines.push({ level: 'secret', message: secret, details: undefined }),
    redact: (text) => text,
  }
}
