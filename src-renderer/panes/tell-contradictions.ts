import type { VisibilityReport } from '../../src-preload/contract/visibility-report.ts'
import type { ToastText } from '../text/link-text.ts'
import { contradictionText } from '../text/visibility-text.ts'

/** Objects that an outcome of a change of visibility has told of already. */
const toldByOutcome = 200
/** So long, in milliseconds, the first contradiction waits for others before it is told. */
const patienceMs = 2000

/**
 * Tells what contradicts what was asked for, once for each change: when all has been asked for, or two seconds after the
 * first was found, and then again only with what came to it. A watch tells it once. `tell` has an id by which a toast takes
 * the place of the one before; `later` calls back after so many milliseconds.
 */
export function createContradictionTeller(
  tell: (id: string, text: ToastText, report: VisibilityReport) => void,
  later: (act: () => void, ms: number) => void = setTimeout,
): (report: VisibilityReport) => void {
  const told = new Map<string, string>()
  const waiting = new Map<string, VisibilityReport>()

  function tellNow(id: string): void {
    const report = waiting.get(id)
    if (report === undefined) return
    const { exposed, blocked } = report
    const found = `${exposed.objects} ${blocked.objects}`
    const text = contradictionText(report)
    if (text === null || told.get(id) === found || (report.cause === 'watch' && told.has(id))) return
    told.set(id, found)
    tell(id, text, report)
  }

  return (report) => {
    const { cause, causeId, reportId, exposed, blocked, state } = report
    if (exposed.objects + blocked.objects === 0) return
    // Of what is made public or private the answers are in what is said of it, as far as it has room for them.
    if (cause === 'visibility' && report.objects <= toldByOutcome) return
    const id = cause === 'watch' && causeId !== null ? causeId : reportId
    const isFirst = !waiting.has(id)
    waiting.set(id, report)
    if (state !== 'asking') {
      tellNow(id)
      if (cause !== 'watch') waiting.delete(id)
    } else if (isFirst) later(() => tellNow(id), patienceMs)
  }
}
