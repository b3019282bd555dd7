import { randomBytes } from 'node:crypto'
import { builtInPresets, mostPresets } from '../../src-preload/contract/built-in-presets.ts'
import { normalisedPrefix } from '../../src-preload/contract/destination-overlap.ts'
import type { DestinationPreset } from '../../src-preload/contract/destination-preset.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import { keyTemplateProblem } from '../../src-preload/contract/key-template.ts'
import type { SettingsFile } from '../settings/settings-file.ts'
import type { HandlersOf } from './call.ts'

/** The person's own presets for destinations, kept in the settings. */
export function presetHandlers(
  settings: SettingsFile,
): HandlersOf<'listDestinationPresets' | 'createDestinationPreset' | 'deleteDestinationPreset'> {
  return {
    listDestinationPresets: async () => settings.current().destinationPresets ?? [],
    async createDestinationPreset({ preset }) {
      const template = preset.kind === 'media' ? (preset.keyTemplate ?? null) : null
      const problem = template === null ? null : keyTemplateProblem(template)
      if (problem !== null) throw failure('invalid-argument', problem)
      const id = `preset_${randomBytes(12).toString('hex')}`
      const made: DestinationPreset = { ...preset, prefix: normalisedPrefix(preset.prefix), id }
      await settings.update((now) => {
        const own = now.destinationPresets ?? []
        const isTaken = (presets: readonly DestinationPreset[]) =>
          presets.some(({ name }) => name === made.name)
        // Pail's own cannot be removed.
        const wayOut = isTaken(Object.values(builtInPresets))
          ? 'Choose another name.'
          : isTaken(own)
            ? 'Choose another name, or remove that one first.'
            : null
        if (wayOut !== null)
          throw failure('already-exists', `There is a preset named “${made.name}”. ${wayOut}`)
        if (own.length >= mostPresets)
          throw failure('too-many', `At most ${mostPresets} presets are kept. Remove one first.`)
        return { ...now, destinationPresets: [...own, made] }
      })
      return made
    },
    async deleteDestinationPreset({ presetId }) {
      await settings.update((now) => ({
        ...now,
        destinationPresets: (now.destinationPresets ?? []).filter(({ id }) => id !== presetId),
      }))
      return {}
    },
  }
}
