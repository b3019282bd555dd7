import { StringDecoder } from 'node:string_decoder'

/** Escape sequences of terminals: CSI, OSC and the other strings, and the short ones. */
const sequences =
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]P^_X]|[\u009d\u0090\u009e\u009f\u0098])[^\u0007\u001b\u009c\n]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]/g

/** What is left of control characters, but for tab and line feed, and what reorders the text around it (S36). */
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

/** A line longer than this is told in pieces. */
const longestLine = 8192

/** Text without what steers a terminal. */
export function withoutControls(text: string): string {
  return text.replace(sequences, '').replace(controls, '')
}

/** What a command writes on one of its streams, turned into text that may be shown. */
export interface CommandText {
  /** Takes bytes; answers the lines that are complete by now. */
  push(bytes: Buffer): string
  /** Answers the line that is not complete: when nothing has come for a while, or (`isEnd`) nothing more will. */
  release(isEnd: boolean): string
  /** Whether a line has been begun and not been told. */
  readonly isWaiting: boolean
}

/**
 * Decodes UTF-8 and passes on whole lines only, so that `redact` sees a secret in one piece. A line that a program
 * overwrites (a carriage return, as progress bars do) is told as it was last, as a terminal would show it.
 */
export function createCommandText(redact: (text: string) => string): CommandText {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  const clean = (text: string) => redact(withoutControls(asLastWritten(text)))
  return {
    push(bytes) {
      rest += decoder.write(bytes)
      let end = rest.lastIndexOf('\n') + 1
      // No secret has a space in it: there a long line can be cut.
      if (rest.length - end > longestLine) end = wordEnd(rest, end)
      const complete = rest.slice(0, end)
      rest = rest.slice(end)
      return clean(complete)
    },
    release(isEnd) {
      const text = isEnd ? rest + decoder.end() : rest
      rest = ''
      return clean(text)
    },
    get isWaiting() {
      return rest !== ''
    },
  }
}

function wordEnd(text: string, from: number): number {
  const space = text.lastIndexOf(' ')
  return space > from ? space + 1 : text.length
}

function asLastWritten(text: string): string {
  if (!text.includes('\r')) return text
  return text
    .split('\n')
    .map((line) => {
      const bare = line.replace(/\r+$/, '')
      return bare.slice(bare.lastIndexOf('\r') + 1)
    })
    .join('\n')
}
