import type { UploadReport } from '../../src-preload/contract/transfer.ts'
import type { CommandContext } from './command.ts'

/** Listens for what batches of uploads came to. `of` waits for one batch's report; null after Ctrl+C. */
export function collectReports({ api, signal }: Pick<CommandContext, 'api' | 'signal'>): {
  of(batchId: string): Promise<UploadReport | null>
  stop(): void
} {
  const reports = new Map<string, UploadReport>()
  let told: () => void = () => undefined
  const stop = api.onUploadReport((report) => {
    reports.set(report.batchId, report)
    told()
  })
  return {
    stop,
    async of(batchId) {
      while (!reports.has(batchId) && !signal.aborted) {
        await new Promise<void>((resolve) => {
          told = resolve
          signal.addEventListener('abort', () => resolve(), { once: true })
        })
      }
      return reports.get(batchId) ?? null
    },
  }
}
