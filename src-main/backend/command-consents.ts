import { failure } from '../../src-preload/contract/failure.ts'
import type { SettingsFile } from '../settings/settings-file.ts'
import type { Settings } from '../settings/settings.ts'
import type { Dialogs } from './backend-parts.ts'

/** What a destination wants to run before a sync, and where. */
export interface WantedCommand {
  readonly command: string
  readonly folderId: string | null
  /** The absolute path; null when the folder is not known (any more). */
  readonly folder: string | null
}

/** The command of a destination; null when it has none. Throws `not-found` for a destination that is not there. */
export function wantedCommand(settings: Settings, destinationId: string): WantedCommand | null {
  const destination = settings.destinations.find(({ id }) => id === destinationId)
  if (!destination) throw failure('not-found', 'This destination is not there any more.')
  if (destination.kind !== 'static' || !destination.runBefore) return null
  const folderId = destination.runBefore.folderId ?? destination.folderId
  const folder = settings.folders.find(({ id }) => id === folderId)?.path ?? null
  return { command: destination.runBefore.command, folderId, folder }
}

/** Whether the person has allowed exactly this command in exactly this folder. */
export function isAllowed(
  settings: Settings,
  destinationId: string,
  { command, folder }: Pick<WantedCommand, 'command' | 'folder'>,
): boolean {
  return (settings.allowedCommands ?? []).some(
    (consent) =>
      consent.destinationId === destinationId && consent.command === command && consent.folder === folder,
  )
}

/** The settings without consents to what a destination does not want any more: going back needs to be asked again. */
export function withoutStaleConsents(settings: Settings): Settings {
  if (settings.allowedCommands === undefined) return settings
  const allowedCommands = settings.allowedCommands.filter(({ destinationId, command, folder }) => {
    if (!settings.destinations.some(({ id }) => id === destinationId)) return false
    const wanted = wantedCommand(settings, destinationId)
    return wanted !== null && wanted.command === command && wanted.folder === folder
  })
  return { ...settings, allowedCommands }
}

/**
 * Asks the person in the system's own dialog and keeps the consent, which only this function gives: the window can
 * write destinations but not consents. Throws `not-allowed` where there is no such dialog, and `local-missing` when the
 * folder is not known.
 */
export function createCommandConsents(
  settings: SettingsFile,
  dialogs: Dialogs | null,
): { ask(destinationId: string): Promise<void> } {
  let isAsking = false
  return {
    async ask(destinationId) {
      const wanted = wantedCommand(settings.current(), destinationId)
      if (wanted === null) throw failure('not-found', 'This destination has no command.')
      const { command, folder } = wanted
      if (folder === null) throw failure('local-missing', 'Choose the folder in which the command runs.')
      if (isAllowed(settings.current(), destinationId, wanted)) return
      if (dialogs === null)
        throw failure(
          'not-allowed',
          'A page in a browser cannot allow a command to run on this computer. Allow it in the Pail application, or use “pail sync … --run-before” on the command line.',
        )
      if (isAsking) throw failure('too-many', 'Answer the question that is open first.')
      isAsking = true
      try {
        if (!(await dialogs.confirmCommand(command, folder))) return
      } finally {
        isAsking = false
      }
      // For what was shown. Should the destination have been changed behind the dialog, it is not kept.
      await settings.update((now) =>
        withoutStaleConsents({
          ...now,
          allowedCommands: [
            ...(now.allowedCommands ?? []).filter((each) => each.destinationId !== destinationId),
            { destinationId, command, folder },
          ],
        }),
      )
    },
  }
}
