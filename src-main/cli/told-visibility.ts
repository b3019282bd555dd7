import type { UploadReport } from '../../src-preload/contract/transfer.ts'
import type { CheckedObject } from '../../src-preload/contract/visibility-plan.ts'
import type { VisibilityReport } from '../../src-preload/contract/visibility-report.ts'
import type { CommandContext } from './command.ts'
import { counted, plainText } from './plain-text.ts'

/** What the public can read of what a command has changed, as its document says it. */
export interface ToldVisibility {
  readonly public: number
  readonly private: number
  readonly unknown: number
  readonly notAsked: number
  /** Uploaded as private, and everybody can read them: how many, and the first keys. */
  readonly exposed: VisibilityReport['exposed']
  /** Uploaded as public, and visitors are refused. */
  readonly blocked: VisibilityReport['blocked']
}

/** Listens for what is asked without a signature in the background. */
export interface VisibilityListener {
  /** Waits for the ends of these reports, at most so many milliseconds; what has been told by then is the answer. */
  ends(reportIds: readonly string[], mostMs?: number): Promise<readonly VisibilityReport[]>
  /** The answer for an object; undefined when it was not asked for. */
  answerOf(bucket: string, key: string): CheckedObject | undefined
  /** All answers for a bucket so far, in the order in which they came. */
  answersIn(bucket: string): readonly CheckedObject[]
  stop(): void
}

/** See {@link VisibilityListener}. Ctrl+C ends the waiting. */
export function listenForVisibility({
  api,
  output,
  signal,
}: Pick<CommandContext, 'api' | 'output' | 'signal'>): VisibilityListener {
  const reports = new Map<string, VisibilityReport>()
  const answers = new Map<string, Map<string, CheckedObject>>()
  let told: () => void = () => undefined
  const stops = [
    api.onVisibilityReport((report) => {
      reports.set(report.reportId, report)
      told()
    }),
    api.onVisibilityAnswers(({ bucket, checks }) => {
      const known = answers.get(bucket) ?? new Map<string, CheckedObject>()
      for (const check of checks) known.set(check.key, check)
      answers.set(bucket, known)
    }),
  ]
  return {
    async ends(reportIds, mostMs) {
      const found = () => reportIds.flatMap((id) => reports.get(id) ?? [])
      const isOver = () => {
        const ended = found().filter(({ state }) => state !== 'asking')
        return ended.length === reportIds.length
      }
      const late = new AbortController()
      const timer =
        mostMs === undefined
          ? undefined
          : setTimeout(() => {
              late.abort()
              told()
            }, mostMs)
      try {
        while (!isOver() && !signal.aborted && !late.signal.aborted) {
          const open = found().reduce((sum, { notAsked }) => sum + notAsked, 0)
          if (open > 0) output.progress(`Asking who can read it: ${counted(open, 'object')} to go`)
          await new Promise<void>((resolve) => {
            told = resolve
            signal.addEventListener('abort', () => resolve(), { once: true })
          })
        }
        return found()
      } finally {
        clearTimeout(timer)
        output.endProgress()
      }
    },
    answerOf: (bucket, key) => answers.get(bucket)?.get(key),
    answersIn: (bucket) => [...(answers.get(bucket)?.values() ?? [])],
    stop() {
      for (const stop of stops) stop()
    },
  }
}

/** The reports of several changes as one; `objects` were changed in all. */
export function sumOfVisibility(reports: readonly VisibilityReport[], objects: number): ToldVisibility {
  const sum = (of: (report: VisibilityReport) => number) =>
    reports.reduce((all, report) => all + of(report), 0)
  const together = (kind: 'exposed' | 'blocked') => ({
    objects: sum((report) => report[kind].objects),
    sample: reports.flatMap((report) => report[kind].sample).slice(0, 20),
  })
  const counts = {
    public: sum(({ counts: { public: count } }) => count),
    private: sum(({ counts: { private: count } }) => count),
    unknown: sum(({ counts: { unknown: count } }) => count),
  }
  return {
    ...counts,
    notAsked: Math.max(0, objects - counts.public - counts.private - counts.unknown),
    exposed: together('exposed'),
    blocked: together('blocked'),
  }
}

/**
 * Says what is not as it was asked for, with number and names, and that not everything was asked for; whether there was
 * anything to say of the first kind.
 */
export function tellContradictions(
  { output }: Pick<CommandContext, 'output'>,
  { exposed, blocked, notAsked, ...counts }: ToldVisibility,
): boolean {
  const asked = counts.public + counts.private + counts.unknown
  const tell = (what: string, { objects, sample }: VisibilityReport['exposed']) => {
    if (objects === 0) return
    const more = objects > sample.length ? ` and ${objects - sample.length} more` : ''
    output.warn(`pail: ${what} ${counted(objects, 'object')}: ${plainText(sample.join(', '))}${more}`)
  }
  tell('Everybody can read, though it is to be private,', exposed)
  tell('Visitors are refused, though it is to be public,', blocked)
  if (asked > 0 && notAsked > 0 && exposed.objects + blocked.objects > 0)
    output.say(`${asked} were asked for without signing, and ${notAsked} were not.`)
  return exposed.objects + blocked.objects > 0
}

/** The answer of the document for one object. */
export function toldAnswer(check: CheckedObject | undefined): CheckedObject['visibility'] | 'not-asked' {
  return check?.visibility ?? 'not-asked'
}

/** What `publicCanRead` says once every file was asked for: one that contradicts what was wanted is enough. */
export function worstAnswer(
  before: UploadReport['publicCanRead'] | null,
  wanted: 'public' | 'private',
  { exposed, blocked }: ToldVisibility,
): UploadReport['publicCanRead'] | null {
  if (wanted === 'private') return exposed.objects > 0 ? 'yes' : before
  return blocked.objects > 0 ? 'no' : before
}
