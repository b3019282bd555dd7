import { Copy } from 'lucide-react'
import type { ObjectRef } from '../../../src-preload/contract/call.ts'
import type { DeadLink } from '../../../src-preload/contract/presigned-url.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { NameList } from '../../components/name-list.tsx'
import type { WantedLinks } from '../../stores/link-store.ts'
import { formatCount } from '../../text/format.ts'
import { visibleName } from '../../text/visible-name.ts'
import { useWindow } from '../window-context.ts'

interface DeadLinksDialogProps {
  wanted: readonly ObjectRef[]
  how: WantedLinks
  dead: readonly DeadLink[]
  onClose: () => void
}

/** So many are shown; the others are counted. */
const mostShown = 200

/** Which of several links do not work, and why: the others can be copied without them, or all of them all the same. */
export function DeadLinksDialog({ wanted, how, dead, onClose }: DeadLinksDialogProps) {
  const { commands } = useWindow()
  const deadKeys = new Set(dead.map(({ key }) => key))
  const good = wanted.filter(({ key }) => !deadKeys.has(key))
  const copy = (links: readonly ObjectRef[], anyway: boolean) => {
    onClose()
    void commands.handOutLinks(links, { ...how, anyway })
  }
  const all = formatCount(wanted.length, 'link')
  return (
    <Dialog
      title={
        good.length === 0
          ? `None of the ${all} works`
          : `${dead.length.toLocaleString()} of ${all} ${dead.length === 1 ? 'does' : 'do'} not work`
      }
      description="Each was tried as whoever gets it would. Nothing was copied yet."
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            onClick={() => copy(wanted, true)}
          >{`Copy all ${wanted.length.toLocaleString()} anyway`}</Button>
          {good.length === 0 ? null : (
            <Button kind="primary" icon={Copy} onClick={() => copy(good, false)}>
              {good.length === 1
                ? 'Copy the one that works'
                : `Copy the ${good.length.toLocaleString()} that work`}
            </Button>
          )}
        </>
      }
    >
      <NameList label="Links that do not work">
        {dead.slice(0, mostShown).map(({ key, message }) => (
          <li key={key}>
            <div>{visibleName(key)}</div>
            <div className="muted">{visibleName(message)}</div>
          </li>
        ))}
        {dead.length > mostShown ? (
          <li className="muted">{`and ${formatCount(dead.length - mostShown, 'other')}`}</li>
        ) : null}
      </NameList>
    </Dialog>
  )
}
