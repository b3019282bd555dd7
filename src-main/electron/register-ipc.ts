import type { IpcMain, IpcMainInvokeEvent, WebContents } from 'electron'
import { methodNames } from '../../src-preload/contract/methods.ts'
import type { Result } from '../../src-preload/contract/result.ts'
import { failed } from '../../src-preload/contract/result.ts'
import type { Log } from '../logging/log.ts'
import { isAppUrl } from './app-origin.ts'
import { isTrustedSender } from './trusted-sender.ts'

/** What the channels need. */
export interface IpcParts {
  readonly ipcMain: Pick<IpcMain, 'handle'>
  /** The window's page; null while there is no window. */
  readonly currentContents: () => WebContents | null
  /** Waits for the backend when it is still loading. */
  readonly dispatch: (name: string, input: unknown) => Promise<Result<unknown>>
  readonly log: Log
}

/** How many calls were refused since the start. */
export interface IpcCounts {
  readonly refused: number
}

/**
 * Registers one channel for every method of the contract, each behind the same check of the sender (S12). Limits and
 * schemas are the dispatcher's.
 */
export function registerIpc({ ipcMain, currentContents, dispatch, log }: IpcParts): IpcCounts {
  const counts = { refused: 0 }

  function handle(name: string): void {
    ipcMain.handle(name, async (event: IpcMainInvokeEvent, ...args: unknown[]): Promise<Result<unknown>> => {
      if (!isTrustedSender(event, currentContents()) || args.length > 1) {
        counts.refused += 1
        log.warn('A call from a foreign page was refused.', { op: name, refused: counts.refused })
        return failed({
          code: 'not-allowed',
          message: 'Only the window of Pail may call this.',
          retryable: false,
        })
      }
      return dispatch(name, args[0])
    })
  }

  for (const name of methodNames) handle(name)
  return counts
}

/** Sends an event to our window and to no other page; a window that is gone or shows something else gets nothing. */
export function sendToWindow(contents: WebContents | null, name: string, event: unknown): void {
  if (contents === null || contents.isDestroyed() || contents.isCrashed()) return
  if (!isAppUrl(contents.getURL())) return
  // As text: see `Bridge` of the contract.
  contents.send(name, JSON.stringify(event))
}
