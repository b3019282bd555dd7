import type { SyncPlan } from '../../../src-preload/contract/sync-plan.ts'
import { NameList } from '../../components/name-list.tsx'
import { Note } from '../../components/note.tsx'
import { VisibleName } from '../../components/visible-name.tsx'
import { formatCount } from '../../text/format.ts'

interface BecomesPublicProps {
  title: string
  bucket: string
  opens: SyncPlan['opens']
}

/** What everybody can read afterwards, named and counted (S44). */
export function BecomesPublic({ title, bucket, opens: { objects, sample } }: BecomesPublicProps) {
  return (
    <Note kind="danger" title={title}>
      <NameList label="What becomes public">
        {sample.map((key) => (
          <li key={key}>
            <VisibleName name={`${bucket}/${key}`} />
          </li>
        ))}
        {objects > sample.length ? (
          <li className="muted">and {formatCount(objects - sample.length, 'other')}</li>
        ) : null}
      </NameList>
    </Note>
  )
}
