import type { SetupKind } from '../../../src-preload/contract/bucket-setup.ts'
import { builtInPresetIds, builtInPresets } from '../../../src-preload/contract/built-in-presets.ts'
import type { DestinationPreset } from '../../../src-preload/contract/destination-preset.ts'
import { CheckField } from '../../components/choice-fields.tsx'
import { TextField } from '../../components/field.tsx'
import { visibleName } from '../../text/visible-name.ts'
import { useFrom } from '../window-context.ts'

/** What a bucket is set up for. */
export interface SiteChoice {
  readonly kinds: readonly SetupKind[]
  /** Own presets, by id. */
  readonly presets: readonly string[]
  readonly versioning: boolean
  readonly origin: string
}

/** What is proposed: all three destinations, and nobody's pages yet. */
export const usualSite: SiteChoice = {
  kinds: builtInPresetIds,
  presets: [],
  versioning: false,
  origin: '',
}

/** Whether nothing is chosen that the bucket would be for. */
export function isForNothing({ kinds, presets }: SiteChoice): boolean {
  return kinds.length + presets.length === 0
}

/** `Below static/: everybody can read.` */
function placeHint({ prefix, visibility }: DestinationPreset): string {
  const where = prefix === '' ? 'The whole bucket' : `Below ${visibleName(prefix)}`
  return `${where}: ${visibility === 'public' ? 'everybody can read.' : 'shared by expiring links only.'}`
}

/** With or without one, in the order of what there is. */
function chosenOf<Id extends string>(
  all: readonly Id[],
  chosen: readonly Id[],
  id: Id,
  isWanted: boolean,
): Id[] {
  return all.filter((each) => (each === id ? isWanted : chosen.includes(each)))
}

interface SiteFieldsProps {
  site: SiteChoice
  problem: string | null
  onSite: (site: SiteChoice) => void
}

/** Which destinations the bucket has, and whose pages use them. */
export function SiteFields({ site, problem, onSite }: SiteFieldsProps) {
  const own = useFrom(
    (all) => all.destinations,
    (state) => state.presets,
  )
  return (
    <>
      <fieldset className="stack">
        <legend className="field-label">Destinations</legend>
        {builtInPresetIds.map((id) => (
          <CheckField
            key={id}
            label={builtInPresets[id].name}
            hint={placeHint(builtInPresets[id])}
            checked={site.kinds.includes(id)}
            onChecked={(isWanted) =>
              onSite({ ...site, kinds: chosenOf(builtInPresetIds, site.kinds, id, isWanted) })
            }
          />
        ))}
        {own.map((preset) => (
          <CheckField
            key={preset.id}
            label={visibleName(preset.name)}
            hint={placeHint(preset)}
            checked={site.presets.includes(preset.id)}
            onChecked={(isWanted) =>
              onSite({
                ...site,
                presets: chosenOf(
                  own.map(({ id }) => id),
                  site.presets,
                  preset.id,
                  isWanted,
                ),
              })
            }
          />
        ))}
        {problem === null ? null : (
          <span className="field-problem" role="alert">
            {problem}
          </span>
        )}
      </fieldset>
      <CheckField
        label="Keep earlier versions"
        hint="What is overwritten or removed can come back. It is paid for like files."
        checked={site.versioning}
        onChecked={(versioning) => onSite({ ...site, versioning })}
      />
      <TextField
        label="Addresses of the site"
        value={site.origin}
        onValue={(origin) => onSite({ ...site, origin })}
        placeholder="https://www.example.org"
        hint="Whose pages may use fonts and scripts from the bucket. Empty for any site."
        maxLength={1024}
      />
    </>
  )
}

/** The addresses that were typed, one by one. */
export function originsOf({ origin }: SiteChoice): string[] {
  return origin.split(/[\s,]+/).filter((each) => each !== '')
}
