import {
  ChevronDown,
  Copy,
  Globe,
  Link2,
  LockKeyhole,
  PanelRightClose,
  RefreshCw,
  Share2,
} from 'lucide-react'
import type { ReactNode } from 'react'
import type { ObjectDetails } from '../../../src-preload/contract/object.ts'
import { Button, IconButton } from '../../components/button.tsx'
import { FileMark } from '../../components/file-mark.tsx'
import { Menu } from '../../components/menu.tsx'
import { TimeText } from '../../components/time-text.tsx'
import { VisibilityBadge } from '../../components/visibility-badge.tsx'
import { VisibleName } from '../../components/visible-name.tsx'
import { formatBytes } from '../../text/format.ts'
import { expiryLabel } from '../../text/link-text.ts'
import { lastSegment, visibleName } from '../../text/visible-name.ts'
import { aclText } from '../../text/visibility-text.ts'
import { ErrorHere } from '../error-here.tsx'
import { expiryEntries } from '../object-entries.ts'
import { useFrom, useWindow } from '../window-context.ts'
import { SelectionView } from './selection-view.tsx'
import './inspector.css'

/** The right column: what is known about the selected object, and what can be done with it. */
export function Inspector() {
  const { commands } = useWindow()
  const open = useFrom(
    (all) => all.app,
    (state) => state.info?.preferences.inspectorOpen ?? false,
  )
  const pane = useFrom(
    (all) => all.view,
    (state) => state.pane,
  )
  if (!open || (pane !== 'browse' && pane !== 'media')) return null
  return (
    <aside className="inspector" aria-label="Inspector">
      <header className="inspector-header">
        <h2 className="grow">Inspector</h2>
        <IconButton icon={PanelRightClose} label="Close inspector" onClick={commands.toggleInspector} />
      </header>
      <InspectorBody pane={pane} />
    </aside>
  )
}

function InspectorBody({ pane }: { pane: 'browse' | 'media' }) {
  const { stores } = useWindow()
  const selected = useFrom(
    (all) => all[pane],
    (state) => state.selection.ids.size,
  )
  const { ref, details, loading, error } = useFrom(
    (all) => all.details,
    (state) => state,
  )
  if (selected === 0) return <p className="inspector-hint">Select a file to see its details here.</p>
  if (selected > 1) return <SelectionView pane={pane} />
  if (ref === null) return <p className="inspector-hint">A folder. It has no details of its own.</p>
  return (
    <div className="inspector-body" aria-busy={loading}>
      <div className="row inspector-name">
        <FileMark kind="object" name={ref.key} />
        <strong className="grow">
          <VisibleName name={lastSegment(ref.key)} />
        </strong>
      </div>
      {error === null ? null : (
        <ErrorHere error={error} onRetry={() => void stores.details.getState().reload()} />
      )}
      {details === null ? error === null ? <SkeletonFacts /> : null : <Facts details={details} />}
    </div>
  )
}

function Facts({ details }: { details: ObjectDetails }) {
  const { stores, commands } = useWindow()
  const expiry = useFrom(
    (all) => all.app,
    (state) => state.info?.preferences.linkExpirySeconds ?? 3600,
  )
  const { key, visibility } = details
  const keys = [key]
  return (
    <>
      <section className="inspector-section" aria-label="Visibility">
        <div className="row">
          <div className="grow">
            <VisibilityBadge visibility={visibility.visibility} check={visibility} />
          </div>
          <IconButton
            icon={RefreshCw}
            label="Check visibility again"
            onClick={() => void stores.details.getState().check().then(commands.fail)}
          />
        </div>
        {visibility.reason === undefined ? null : <p className="small muted">{visibility.reason}</p>}
        <div className="row">
          {visibility.visibility === 'public' ? null : (
            <Button icon={Globe} onClick={() => commands.makePublic(keys)}>
              Make public…
            </Button>
          )}
          {visibility.visibility === 'private' ? null : (
            <Button icon={LockKeyhole} onClick={() => void commands.makePrivate(keys)}>
              Make private
            </Button>
          )}
        </div>
      </section>
      <section className="inspector-section" aria-label="Links">
        <div className="row inspector-wrap">
          <div className="button-split">
            <Button icon={Link2} onClick={() => void commands.copyLinks(undefined, keys)}>
              Copy link
            </Button>
            <Menu
              align="end"
              trigger={
                <button type="button" className="button button-normal" aria-label="Link expiry">
                  <ChevronDown size={13} aria-hidden />
                </button>
              }
              entries={expiryEntries(stores, commands, keys, expiry)}
            />
          </div>
          <span className="small grow">{expiryLabel(expiry)}</span>
          <IconButton icon={Share2} label="Share link…" onClick={() => commands.shareLink(keys)} />
        </div>
        <div className="inspector-url">
          <span className="mono selectable">{visibleName(details.publicUrl)}</span>
          <IconButton icon={Copy} label="Copy URL" onClick={() => void commands.copyUrls(keys)} />
        </div>
      </section>
      <dl className="inspector-facts">
        <Fact name="Size">
          {formatBytes(details.sizeBytes)}
          {details.sizeBytes >= 1000 ? (
            <span className="small numeric"> {details.sizeBytes.toLocaleString()} bytes</span>
          ) : null}
        </Fact>
        <Fact name="Modified">
          <TimeText iso={details.lastModified} />
        </Fact>
        <Fact name="Type">{text(details.contentType)}</Fact>
        <Fact name="Cache-Control">{text(details.cacheControl)}</Fact>
        {details.contentEncoding === null ? null : (
          <Fact name="Encoding">{text(details.contentEncoding)}</Fact>
        )}
        {details.contentDisposition === null ? null : (
          <Fact name="Disposition">{text(details.contentDisposition)}</Fact>
        )}
        {details.contentLanguage === null ? null : (
          <Fact name="Language">{text(details.contentLanguage)}</Fact>
        )}
        <Fact name="ACL">{aclText(details.acl)}</Fact>
        <Fact name="Storage class">{text(details.storageClass)}</Fact>
        <Fact name="ETag">
          <span className="mono">{text(details.eTag)}</span>
        </Fact>
        {details.checksum === null ? null : (
          <Fact name="Checksum">
            <span className="mono">{text(details.checksum)}</span>
          </Fact>
        )}
        {Object.entries(details.metadata).map(([name, value]) => (
          <Fact key={name} name={visibleName(name)}>
            {text(value)}
          </Fact>
        ))}
        <Fact name="Key">
          <span className="mono">
            <bdi>{visibleName(key)}</bdi>
          </span>
        </Fact>
      </dl>
      <section className="inspector-section row inspector-wrap" aria-label="Actions">
        <Button onClick={() => void commands.download()}>Download</Button>
        <Button onClick={commands.renameSelected}>Rename</Button>
        <Button onClick={commands.deleteSelected}>Delete</Button>
      </section>
    </>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="inspector-fact">
      <dt>{name}</dt>
      <dd className="selectable">{children}</dd>
    </div>
  )
}

function SkeletonFacts() {
  return (
    <div className="stack" aria-hidden>
      {[80, 55, 70, 40, 62].map((width) => (
        <span key={width} className="skeleton" style={{ width: `${width}%` }} />
      ))}
    </div>
  )
}

function text(value: string | null): ReactNode {
  return value === null ? <span className="muted">Not set</span> : visibleName(value)
}
