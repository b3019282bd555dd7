import type { ToldOpens } from '../../src-preload/contract/told-opens.ts'
import { bucketSwitchText } from '../text/access-text.ts'
import { formatCount } from '../text/format.ts'
import { NameList } from './name-list.tsx'
import { Note } from './note.tsx'
import { VisibleName } from './visible-name.tsx'

interface OpensListProps {
  bucket: string
  opens: ToldOpens
}

/** What becomes public, named and counted, with what is opened as a whole (S44). */
export function OpensList({
  bucket,
  opens: { objects, more = false, sample, prefixes = [], switches = [] },
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
