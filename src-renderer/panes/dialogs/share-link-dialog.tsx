import { Copy } from 'lucide-react'
import { lazy, Suspense, useEffect, useState } from 'react'
import type { ObjectRef } from '../../../src-preload/contract/call.ts'
import type { AppError } from '../../../src-preload/contract/app-error.ts'
import type { CreatedLink } from '../../../src-preload/contract/presigned-url.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Note } from '../../components/note.tsx'
import { copiedAlone, copiedLinkText } from '../../text/link-text.ts'
import { linkLetter, maskedUrl } from '../../text/share-text.ts'
import { lastSegment, visibleName } from '../../text/visible-name.ts'
import { ErrorHere } from '../error-here.tsx'
import { useWindow } from '../window-context.ts'
import { MailButton } from './mail-button.tsx'
import './share-dialogs.css'

const QrCode = lazy(() =>
  import('../../components/qr-code.tsx').then((module) => ({ default: module.QrCode })),
)

interface ShareLinkDialogProps {
  target: ObjectRef
  kind: 'public' | 'presigned'
  /** For a presigned one. */
  expiresInSeconds: number
  onClose: () => void
}

/** One link, as a QR code and to be sent by mail. It is nowhere once the dialog is closed (S41). */
export function ShareLinkDialog({ target, kind, expiresInSeconds, onClose }: ShareLinkDialogProps) {
  const { commands } = useWindow()
  const [anyway, setAnyway] = useState(false)
  const [made, error] = useLink(target, kind, expiresInSeconds, anyway)
  const dead = made?.test?.outcome === 'failed' ? made.test : null
  const link = dead === null ? made : null
  const name = visibleName(lastSegment(target.key))
  return (
    <Dialog
      title={`Share ${name}`}
      width="narrow"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Close</Button>
          {link === null ? null : (
            <>
              <MailButton letter={linkLetter(target.key, link.url, link.endsAt)} />
              <Button
                kind="primary"
                icon={Copy}
                onClick={() => void commands.copyText(link.url, copiedLinkText(copiedAlone(link)).title)}
              >
                Copy link
              </Button>
            </>
          )}
        </>
      }
    >
      {link === null ? null : (
        <>
          <Suspense fallback={<span className="skeleton share-wait" />}>
            <QrCode text={link.url} label={`QR code of the link to ${name}`} />
          </Suspense>
          <p className="share-url mono">{visibleName(maskedUrl(link.url))}</p>
          <p className="muted">{copiedLinkText(copiedAlone(link)).body}</p>
        </>
      )}
      {dead === null ? null : (
        <Note
          kind="danger"
          title="The link does not work"
          actions={<Button onClick={() => setAnyway(true)}>Show it anyway</Button>}
        >
          {visibleName(dead.problem?.message ?? '')}
        </Note>
      )}
      {made === null && error === null ? <p className="muted">Making the link…</p> : null}
      <ErrorHere error={error} />
    </Dialog>
  )
}

/** Makes the link when the dialog opens, and once more when it is wanted although it does not work. */
function useLink(
  target: ObjectRef,
  kind: 'public' | 'presigned',
  expiresInSeconds: number,
  anyway: boolean,
): [CreatedLink | null, AppError | null] {
  const { stores } = useWindow()
  const [link, setLink] = useState<CreatedLink | null>(null)
  const [error, setError] = useState<AppError | null>(null)
  useEffect(() => {
    let here = true
    void stores.links
      .getState()
      .make(target, { kind, expiresInSeconds, anyway }, stores.destinations.getState().destinations)
      .then((result) => {
        if (!here) return
        if (result.ok) setLink(result.value)
        else setError(result.error)
      })
    return () => {
      here = false
    }
  }, [stores, target, kind, expiresInSeconds, anyway])
  return [link, error]
}
