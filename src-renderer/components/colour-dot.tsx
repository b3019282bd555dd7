import type { ProfileColour } from '../../src-preload/contract/profile.ts'
import './colour-dot.css'

/** The colours to choose from; the contract's list, without its validator. */
export const profileColours: readonly ProfileColour[] = [
  'blue',
  'green',
  'orange',
  'purple',
  'red',
  'teal',
  'grey',
]

/** The dot by which a profile is recognised, always beside its name. */
export function ColourDot({ colour }: { colour: ProfileColour }) {
  return <span className="colour-dot" style={{ background: `var(--profile-${colour})` }} aria-hidden />
}
