import { Note } from '../../components/note.tsx'
import { VisibleName } from '../../components/visible-name.tsx'
import type { Selection } from '../../../src-preload/contract/selection.ts'
import { formatCount } from '../../text/format.ts'

/** What was chosen and will not be sent, each with the reason. */
export function SelectionProblems({ problems }: Pick<Selection, 'problems'>) {
  if (problems.length === 0) return null
  return (
    <Note kind="warning" title={`${formatCount(problems.length, 'item')} will not be uploaded`}>
      <ul className="upload-problems">
        {problems.slice(0, 50).map((problem) => (
          <li key={problem.name}>
            <VisibleName name={problem.name} />: {problem.reason}
          </li>
        ))}
      </ul>
    </Note>
  )
}
