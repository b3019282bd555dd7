import { contextBridge, ipcRenderer, webUtils } from 'electron'
import type { Bridge, EventName } from './contract/api.ts'
import type { AppError } from './contract/app-error.ts'
import { eventNames, methodNames } from './contract/methods.ts'
import type { Result } from './contract/result.ts'
import { failed } from './contract/result.ts'
import type { LocalPath } from './contract/selection.ts'

/** The channel on which registerDrop's paths travel has the method's own name, like every other. */
const dropMethod = 'registerDrop'

/** A call that never rejects: what IPC itself throws becomes a failed result without its text. */
async function invoke(name: string, input: unknown): Promise<Result<unknown>> {
  try {
    return (await ipcRenderer.invoke(name, input)) as Result<unknown>
  } catch {
    return failed({ code: 'bug', message: 'The call did not reach Pail.', retryable: false })
  }
}

function localFileError(message: string): AppError {
  return { code: 'local-file', message, retryable: false }
}

/** Names the dropped files for the main process; the window itself never sees a path (S15). */
async function registerDrop(input: { sources: File[] }): Promise<Result<unknown>> {
  const sources: LocalPath[] = []
  let withoutPath = 0
  try {
    for (const file of input.sources) {
      const path = webUtils.getPathForFile(file)
      if (path === '') withoutPath += 1
      else sources.push({ path })
    }
  } catch {
    return failed(localFileError('What was dropped is not a list of files.'))
  }
  // All or nothing: leaving some of a drop behind in silence would look like having taken it.
  if (withoutPath > 0 || sources.length === 0) {
    return failed(
      localFileError(
        'What was dropped is not only files on this computer. Save it to a folder first, then drop it.',
      ),
    )
  }
  return invoke(dropMethod, { sources })
}

/** The listener gets the snapshot's text alone: an event object would carry its sender (S14). */
function subscribe(name: EventName, listener: (json: string) => void): () => void {
  const forward = (_event: unknown, json: unknown): void => listener(String(json))
  ipcRenderer.on(name, forward)
  return () => {
    ipcRenderer.removeListener(name, forward)
  }
}

const api: Record<string, unknown> = {}
for (const name of methodNames) {
  api[name] = name === dropMethod ? registerDrop : (input: unknown) => invoke(name, input)
}
for (const name of eventNames) {
  api[name] = (listener: (json: string) => void) => subscribe(name, listener)
}

// The loops above follow the tables, which `satisfies` holds equal to the interface.
contextBridge.exposeInMainWorld('api', Object.freeze(api) as unknown as Bridge<File>)
