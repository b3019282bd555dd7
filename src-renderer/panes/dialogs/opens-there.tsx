import { BecomesPublic } from '../../components/becomes-public.tsx'
import { opensThereReason, opensThereText } from '../../text/visibility-text.ts'

/** The second step of a new key at which everybody can read the object: what that would be (S44). */
export function OpensThere({ bucket, newKey }: { bucket: string; newKey: string }) {
  return (
    <BecomesPublic title={opensThereText} bucket={bucket} opens={{ objects: 1, sample: [newKey] }}>
      <p>{opensThereReason}</p>
    </BecomesPublic>
  )
}
