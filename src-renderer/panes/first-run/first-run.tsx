import { CloudCog, FlaskConical, PlugZap } from 'lucide-react'
import type { LucideIcon } from 'lucide-react'
import { useId, useState } from 'react'
import { useWindow } from '../window-context.ts'
import './first-run.css'

/** Three doors, no wizard. */
export function FirstRun() {
  const { stores, commands } = useWindow()
  const [starting, setStarting] = useState(false)
  const open = stores.view.getState().openDialog
  return (
    <main className="first-run">
      <div className="first-run-words">
        <h1>Pail</h1>
        <p>Upload, publish and share the files of a website, in any S3 bucket.</p>
      </div>
      <div className="first-run-doors">
        <Door
          icon={PlugZap}
          name="Connect a bucket"
          words="Amazon S3, Cloudflare R2, Backblaze B2, DigitalOcean Spaces, MinIO and others, with an access key."
          onOpen={() => open({ kind: 'profile', profileId: null })}
        />
        <Door
          icon={CloudCog}
          name="Use my AWS profiles"
          words="The profiles in ~/.aws on this computer. Nothing is copied out of them."
          onOpen={() => open({ kind: 'aws-profiles' })}
        />
        <Door
          icon={FlaskConical}
          name="Try it here"
          words={
            starting ? 'Starting…' : 'A small S3 server with a sample site. Nothing leaves this computer.'
          }
          disabled={starting}
          onOpen={() => {
            setStarting(true)
            void commands.tryItHere().finally(() => setStarting(false))
          }}
        />
      </div>
      <p className="first-run-more">
        Your site keeps its files in S3 already?{' '}
        <button type="button" className="link-button" onClick={() => open({ kind: 'django-import' })}>
          Import a Django project
        </button>
      </p>
    </main>
  )
}

interface DoorProps {
  icon: LucideIcon
  name: string
  words: string
  disabled?: boolean
  onOpen: () => void
}

function Door({ icon: Icon, name, words, disabled = false, onOpen }: DoorProps) {
  const wordsId = useId()
  return (
    <button
      type="button"
      className="door"
      onClick={onOpen}
      disabled={disabled}
      aria-label={name}
      aria-describedby={wordsId}
    >
      <Icon size={22} strokeWidth={1.6} aria-hidden />
      <span className="door-name">{name}</span>
      <span className="door-words" id={wordsId}>
        {words}
      </span>
    </button>
  )
}
