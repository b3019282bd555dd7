import { Mail } from 'lucide-react'
import { mailtoUrl } from '../../../src-preload/contract/mailto.ts'
import { Button } from '../../components/button.tsx'
import type { Letter } from '../../text/share-text.ts'
import { useFrom, useWindow } from '../window-context.ts'

/** Opens a letter in the mail program: by the main process, or, in a browser, by the browser. */
export function MailButton({ letter }: { letter: Letter }) {
  const { stores, commands } = useWindow()
  const host = useFrom(
    (all) => all.app,
    (state) => state.info?.host,
  )
  if (host === 'browser')
    return (
      <a className="button button-normal" href={mailtoUrl(letter.subject, letter.body)}>
        <Mail size={15} aria-hidden />
        <span>Send by mail…</span>
      </a>
    )
  const open = async () => {
    const result = await stores.objects.composeMail({ subject: letter.subject, body: letter.body })
    if (!result.ok) commands.fail(result.error)
  }
  return (
    <Button icon={Mail} onClick={() => void open()}>
      Send by mail…
    </Button>
  )
}
