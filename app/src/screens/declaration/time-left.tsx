import { useEffect, useRef, useState } from 'preact/hooks';
import { milestone, nextTick, timeLeft, timeWords } from '../../declaration/time-left.ts';
import { t } from '../../i18n/index.ts';
import { formatMoment } from '../../ui/format.ts';
import { Icon } from '../../ui/icon.tsx';
import { announce } from '../../ui/live.tsx';

/** The time now, anew whenever the words for what is left of it change; `onOver` once when nothing is left. */
function useTicking(respondBy: string, onOver?: () => void): number {
  const [now, setNow] = useState(Date.now);
  const over = useRef(onOver);
  over.current = onOver;
  useEffect(() => {
    const tick = nextTick(respondBy, now);
    if (tick === null) return;
    const timer = setTimeout(() => {
      const then = Date.now();
      setNow(then);
      if (nextTick(respondBy, then) === null) over.current?.();
    }, tick);
    return () => clearTimeout(timer);
  }, [respondBy, now]);
  return now;
}

interface TimeLeftProps {
  respondBy: string;
  /** Tells those who do not see it, when little is left. */
  aloud?: boolean;
  onOver?: () => void;
}

/** How long there still is to answer; colour is never the only sign. */
export function TimeLeft({ respondBy, aloud = false, onOver }: TimeLeftProps) {
  const left = timeLeft(respondBy, useTicking(respondBy, onOver));
  const { key, ...numbers } = timeWords(left);
  const words = t(`time.${key}`, numbers);
  const told = useRef(milestone(left));
  useEffect(() => {
    if (told.current === milestone(left)) return;
    told.current = milestone(left);
    if (aloud) announce(t('time.announce', { left: words }));
  });
  return (
    <span class={`time-left time-${left.urgency}`}>
      <Icon name="history" />
      <time dateTime={respondBy}>{words}</time>
    </span>
  );
}

export function Deadline({ respondBy, onOver }: { respondBy: string; onOver: () => void }) {
  return (
    <p class="deadline">
      <TimeLeft respondBy={respondBy} aloud onOver={onOver} />
      <span class="muted small">{t('time.by', { moment: formatMoment(respondBy) })}</span>
    </p>
  );
}
