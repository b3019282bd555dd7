import { CircleHelp, Globe, Lock } from 'lucide-react'
import type { VisibilityCheck } from '../../src-preload/contract/visibility.ts'
import { visibilityEvidence, visibilityWords } from '../text/visibility-text.ts'
import './visibility-badge.css'

const icons = { public: Globe, private: Lock, unknown: CircleHelp }

interface VisibilityBadgeProps {
  visibility: VisibilityCheck['visibility']
  /** How it was found out; shown behind the word. */
  check?: VisibilityCheck
}

/** Globe and "Public", lock and "Private", question mark and "Unknown": always an icon with its word. */
export function VisibilityBadge({ visibility, check }: VisibilityBadgeProps) {
  const Icon = icons[visibility]
  return (
    <span className="visibility">
      <span className={`visibility-word visibility-${visibility}`}>
        <Icon size={13} aria-hidden />
        {visibilityWords[visibility]}
      </span>
      {check === undefined ? null : <span className="visibility-evidence">{visibilityEvidence(check)}</span>}
    </span>
  )
}
