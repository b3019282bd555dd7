import type { Opens } from '../../../src-preload/contract/visibility-plan.ts'
import { NameList } from '../../components/name-list.tsx'
import { Note } from '../../components/note.tsx'
import { VisibleName } from '../../components/visible-name.tsx'
import { formatCount } from '../../text/format.ts'

interface OpensListProps {
  bucket: string
  opens: Opens
}

/** What becomes public, named and counted, with what is opened as a whole (S44). */
export function OpensList({ bucket, opens: { objects, more, sample, prefixes } }: OpensListProps) {
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
        <Note kind="warning" title="The bucket’s policy opens everything in">
          <ul>
            {prefixes.map((prefix) => (
              <li key={prefix}>
                <VisibleName name={`${bucket}/${prefix}`} />
              </li>
            ))}
          </ul>
          What is uploaded there later is in it, too.
        </Note>
      )}
    </>
  )
}

/** Whether the bucket's name has to be typed. */
export function needsBucketName({ objects, prefixes }: Opens): boolean {
  return objects !== 1 || prefixes.length > 0
}
