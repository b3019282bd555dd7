import type { PolicyEdit } from '../../src-preload/contract/visibility-plan.ts'
import './policy-change.css'

interface PolicyChangeProps {
  edit: PolicyEdit
  /** How many statements of others the policy has. */
  otherStatements: number
}

/** What is taken out of a bucket's policy and what comes in its place, exactly. */
export function PolicyChange({ edit, otherStatements }: PolicyChangeProps) {
  const lines = changedLines(edit)
  return (
    <div className="field">
      <span className="field-label" id="policy-change">
        {edit.before === null
          ? 'A new bucket policy'
          : edit.after === null
            ? 'The bucket’s policy is removed'
            : 'Pail’s part of the bucket’s policy changes'}
      </span>
      <section
        className="policy-change"
        aria-labelledby="policy-change"
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- WCAG 2.1.1: what scrolls is reached by keyboard
        tabIndex={0}
      >
        <pre className="mono selectable">
          {lines.map(({ sign, word, text }, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- lines of one text, which does not change
            <span key={index} className={`policy-line policy-${word}`}>
              {`${sign} ${text}`}
              {'\n'}
            </span>
          ))}
        </pre>
      </section>
      {otherStatements > 0 ? (
        <span className="field-hint">
          {otherStatements === 1
            ? 'One statement of somebody else’s stays as it is'
            : `${otherStatements.toLocaleString()} statements of others stay as they are`}
          , byte for byte.
        </span>
      ) : null}
    </div>
  )
}

interface ChangedLine {
  readonly sign: string
  readonly word: 'removed' | 'added' | 'kept'
  readonly text: string
}

/** Line by line, with what the old and the new statement begin and end with alike shown once. */
function changedLines({ removed, added }: PolicyEdit): ChangedLine[] {
  const before = linesOf(removed)
  const after = linesOf(added)
  let start = 0
  while (start < Math.min(before.length, after.length) && before[start] === after[start]) start++
  let end = 0
  while (end < Math.min(before.length, after.length) - start && before.at(-1 - end) === after.at(-1 - end))
    end++
  const of = (lines: readonly string[], word: ChangedLine['word'], sign: string) =>
    lines.map((text) => ({ sign, word, text }))
  return [
    ...of(after.slice(0, start), 'kept', ' '),
    ...of(before.slice(start, before.length - end), 'removed', '−'),
    ...of(after.slice(start, after.length - end), 'added', '+'),
    ...of(after.slice(after.length - end), 'kept', ' '),
  ]
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '')
}
