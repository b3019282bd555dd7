import type { BucketSwitch } from '../../../src-preload/contract/bucket-switch.ts'
import type { Opens } from '../../../src-preload/contract/visibility-plan.ts'
import { NameList } from '../../components/name-list.tsx'
import { Note } from '../../components/note.tsx'
import { VisibleName } from '../../components/visible-name.tsx'
import { bucketSwitchText } from '../../text/access-text.ts'
import { formatCount } from '../../text/format.ts'
import { opensThereReason, opensThereText } from '../../text/visibility-text.ts'

interface OpensListProps {
  bucket: string
  opens: Opens
  /** What the service opens the whole bucket by. */
  switches?: readonly BucketSwitch[]
}

/** What becomes public, named and counted, with what is opened as a whole (S44). */
export function OpensList({
  bucket,
  opens: { objects, more, sample, prefixes },
  switches = [],
}: OpensListProps) {
  return (
    <>
      <NameList label="What becomes public">
        {sample.map((key) => (
          <li key={key}>
            <VisibleName name={`${bucket}/${key}`} />
          </li>
        ))}
        {objects > sample.length ? (
          <li className="muted">
            and {more ? 'at least ' : ''}
            {formatCount(objects - sample.length, 'other')}
          </li>
        ) : null}
      </NameList>
      {prefixes.length === 0 ? null : (
        <Note
          kind="warning"
          title={
            switches.length > 0
              ? 'The service’s own switch opens everything in'
              : 'The bucket’s policy opens everything in'
          }
        >
          <ul>
            {prefixes.map((prefix) => (
              <li key={prefix}>
                <VisibleName name={`${bucket}/${prefix}`} />
              </li>
            ))}
          </ul>
          What is uploaded there later is in it, too.
          {switches.map((each) => (
            <p key={each.domain ?? each.kind}>{bucketSwitchText(each)}</p>
          ))}
        </Note>
      )}
    </>
  )
}

/** Whether the bucket's name has to be typed. */
export function needsBucketName({ objects, prefixes }: Opens): boolean {
  return objects !== 1 || prefixes.length > 0
}

/** The second step of a new key at which everybody can read the object: what that would be (S44). */
export function OpensThere({ bucket, newKey }: { bucket: string; newKey: string }) {
  return (
    <Note kind="danger" title={opensThereText}>
      <NameList label="What becomes public">
        <li>
          <VisibleName name={`${bucket}/${newKey}`} />
        </li>
      </NameList>
      <p>{opensThereReason}</p>
    </Note>
  )
}
