import { ArrowRight } from 'lucide-react'
import { VisibleName } from '../../components/visible-name.tsx'

/** A chosen file's name and, where it is another one, the key that it will have below the prefix. */
export function PlannedName({ name, keyBelow }: { name: string; keyBelow: string }) {
  return (
    <>
      <VisibleName name={name} />
      {keyBelow === name ? null : (
        <span className="planned-key">
          <ArrowRight size={12} aria-label="becomes" />
          <VisibleName name={keyBelow} />
        </span>
      )}
    </>
  )
}
