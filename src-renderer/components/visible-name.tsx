import { namePieces, splitExtension, splitMiddle, visibleName } from '../text/visible-name.ts'
import './visible-name.css'

interface VisibleNameProps {
  name: string
  /** Keeps the extension in sight when the rest is cut off; the end of a long name stays in either case. */
  splitsExtension?: boolean
}

/**
 * A name or a key as text that cannot deceive (S36, S37): isolated from the direction of its surroundings, with
 * invisible characters as visible signs, and its extension apart. Where there is no room for all of it, its middle is cut
 * off; the whole is its tooltip, and the name of a cell is for the table to say.
 */
export function VisibleName({ name, splitsExtension = true }: VisibleNameProps) {
  const { stem, extension } = splitsExtension ? splitExtension(name) : { stem: name, extension: '' }
  const { head, tail } = splitMiddle(stem)
  return (
    <bdi className="visible-name" title={visibleName(name)} dir="ltr">
      <bdi className="visible-name-stem">
        <Pieces name={head} />
      </bdi>
      {tail === '' ? null : (
        <bdi className="visible-name-tail">
          <Pieces name={tail} />
        </bdi>
      )}
      {extension === '' ? null : (
        <bdi className="visible-name-extension">
          <Pieces name={extension} />
        </bdi>
      )}
    </bdi>
  )
}

function Pieces({ name }: { name: string }) {
  return namePieces(name).map((piece, index) =>
    piece.kind === 'plain' ? (
      piece.text
    ) : (
      <span key={`${index}`} className="visible-name-control">
        {piece.text}
      </span>
    ),
  )
}
