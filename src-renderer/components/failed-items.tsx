import type { AppError } from '../../src-preload/contract/app-error.ts'
import { failureText } from '../text/error-text.ts'
import { visibleName } from '../text/visible-name.ts'
import { VisibleName } from './visible-name.tsx'

/** So many are named; a longer list is read by nobody. */
const mostNamed = 200

/** The entries of a list of what failed, of which there are `total`; those that are not named are counted. */
export function FailedItems({ failed, total }: { failed: readonly AppError[]; total: number }) {
  const named = failed.slice(0, mostNamed)
  return (
    <>
      {named.map((error, index) => (
        <li key={`${error.key ?? ''} ${index}`}>
          {error.key === undefined ? null : (
            <>
              <VisibleName name={error.key} />:{' '}
            </>
          )}
          {visibleName(failureText(error))}
        </li>
      ))}
      {total > named.length ? (
        <li className="muted">
          And {(total - named.length).toLocaleString()} more, which are not named here.
        </li>
      ) : null}
    </>
  )
}
