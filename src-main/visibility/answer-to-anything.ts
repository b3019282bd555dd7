import { randomBytes } from 'node:crypto'
import { monotonicMs } from '../s3/monotonic-ms.ts'
import type { S3Session } from '../s3/s3-session.ts'
import type { UnsignedAnswer } from './unsigned-request.ts'

/** What is asked for instead, and how. */
interface Control {
  /** Where the object is handed out. */
  readonly baseUrl: string
  readonly key: string
  /** What was answered for the object. */
  readonly answer: UnsignedAnswer
  /** Asks the same address for another key. */
  readonly askFor: (key: string) => Promise<UnsignedAnswer>
  /** The kind of signature that it asks with: what is answered to one says nothing of another. */
  readonly askedWith?: string | undefined
}

/** How long what an address answers to anything is remembered, in milliseconds. */
const holdsMs = 60_000
/** More of them are not remembered for one session. */
const mostKnown = 200

const knownOf = new WeakMap<
  S3Session,
  Map<string, { readonly at: number; readonly answer: Promise<UnsignedAnswer> }>
>()

/**
 * Whether a success is no more than what a custom domain or CDN answers for things that are not there: the page of an
 * application, or of a sign-in, instead of a refusal. That proves nothing about the object. Told by a key that nobody has,
 * of the same extension: when it is answered with success, too, the object has to be answered with something else. Without
 * an answer for that key nothing speaks against the one for the object. Never rejects.
 */
export async function isAnswerToAnything(session: S3Session, control: Control): Promise<boolean> {
  const { answer } = control
  const other = await answerToNothing(session, control)
  return isSuccess(other) && !isOther(answer, other)
}

async function answerToNothing(
  session: S3Session,
  { baseUrl, key, askFor, askedWith = '' }: Control,
): Promise<UnsignedAnswer> {
  const extension = /\.[a-z0-9]{1,10}$/i.exec(key)?.[0] ?? ''
  const known = knownOf.get(session) ?? new Map<string, { at: number; answer: Promise<UnsignedAnswer> }>()
  knownOf.set(session, known)
  const id = `${extension} ${askedWith} ${baseUrl}`
  const before = known.get(id)
  if (before !== undefined && monotonicMs() - before.at < holdsMs) return before.answer
  if (known.size >= mostKnown) known.clear()
  const entry = {
    at: monotonicMs(),
    answer: askFor(`pail-${randomBytes(12).toString('hex')}${extension}`),
  }
  known.set(id, entry)
  const answer = await entry.answer
  if (answer.status === null && known.get(id) === entry) known.delete(id)
  return answer
}

function isSuccess({ status }: UnsignedAnswer): boolean {
  return status === 200 || status === 206
}

/** Whether two answers are certainly not the same thing. */
function isOther(one: UnsignedAnswer, other: UnsignedAnswer): boolean {
  if (one.status === null || other.status === null) return false
  const [a, b] = [one.headers, other.headers]
  if (a['etag'] !== undefined && b['etag'] !== undefined) return a['etag'] !== b['etag']
  return ['content-range', 'content-length', 'last-modified'].some(
    (name) => a[name] !== undefined && b[name] !== undefined && a[name] !== b[name],
  )
}
