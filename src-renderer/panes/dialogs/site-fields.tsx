import type { SetupKind } from '../../../src-preload/contract/bucket-setup.ts'
import { CheckField } from '../../components/choice-fields.tsx'
import { TextField } from '../../components/field.tsx'

/** What a bucket is set up for. */
export interface SiteChoice {
  readonly kinds: readonly SetupKind[]
  readonly versioning: boolean
  readonly origin: string
}

/** What is proposed: all three destinations, and nobody's pages yet. */
export const usualSite: SiteChoice = {
  kinds: ['static', 'public-media', 'private-media'],
  versioning: false,
  origin: '',
}

const kindChoices: readonly { readonly kind: SetupKind; readonly label: string; readonly hint: string }[] = [
  { kind: 'static', label: 'Static', hint: 'Below static/: everybody can read.' },
  { kind: 'public-media', label: 'Public media', hint: 'Below media/public/: everybody can read.' },
  {
    kind: 'private-media',
    label: 'Private media',
    hint: 'Below media/private/: shared by expiring links only.',
  },
]

interface SiteFieldsProps {
  site: SiteChoice
  problem: string | null
  onSite: (site: SiteChoice) => void
}

/** Which destinations the bucket has, and whose pages use them. */
export function SiteFields({ site, problem, onSite }: SiteFieldsProps) {
  return (
    <>
      <fieldset className="stack">
        <legend className="field-label">Destinations</legend>
        {kindChoices.map(({ kind, label, hint }) => (
          <CheckField
            key={kind}
            label={label}
            hint={hint}
            checked={site.kinds.includes(kind)}
            onChecked={(isWanted) =>
              onSite({
                ...site,
                kinds: kindChoices
                  .map((each) => each.kind)
                  .filter((each) => (each === kind ? isWanted : site.kinds.includes(each))),
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
