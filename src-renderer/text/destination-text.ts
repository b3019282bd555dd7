import type { Destination } from '../../src-preload/contract/destination.ts'
import type { DestinationPreset } from '../../src-preload/contract/destination-preset.ts'
import { visibleName } from './visible-name.ts'
import { visibilityWords } from './visibility-text.ts'

const builtInHints: Readonly<Record<string, string>> = {
  static: 'A folder of this computer is published: CSS, scripts, images of the site.',
  'public-media': 'Files that are dropped here can be read by anyone; names are never overwritten.',
  'private-media': 'Files that are dropped here are shared only by expiring links.',
}

/** What fills a destination. */
export const kindChoices = [
  { value: 'static', label: 'Syncs of a folder' },
  { value: 'media', label: 'Uploads' },
] as const satisfies readonly { value: Destination['kind']; label: string }[]

/** What a preset comes to, in a line. */
export function presetHint({ id, kind, visibility, prefix }: DestinationPreset): string {
  const filled = kind === 'static' ? 'A folder, synced' : 'Uploads'
  const place = prefix === '' ? 'the whole bucket' : visibleName(prefix)
  return builtInHints[id] ?? `${filled} · ${visibilityWords[visibility]} · ${place}`
}

/** Who will read what comes into a destination; `before` is what it said until now. */
export function readersHint(
  { kind, visibility }: Pick<Destination, 'kind' | 'visibility'>,
  before: Destination['visibility'] | null,
): string {
  if (before !== null && before !== visibility)
    return kind === 'static'
      ? 'The next plan says which files that are there change with it.'
      : `What is there stays ${before}, until you make the files of this destination ${visibility}.`
  if (visibility === 'private') return 'Files are shared by links that end.'
  return kind === 'static'
    ? 'Everybody can read what a sync sends.'
    : 'Everybody can read what is uploaded, unless you say otherwise.'
}
