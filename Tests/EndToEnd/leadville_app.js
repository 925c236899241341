// Stand-ins for the packages of LeadVille's React app that Debian does not have: the router, as far as the app uses it, and
// icons without pictures.
import { Children, createElement, useEffect, useState } from 'react';

const place = () => (location.hash.slice(1) || '/').split('?')[0];

function usePlace() {
  const [shown, show] = useState(place());
  useEffect(() => {
    const changed = () => show(place());
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return shown;
}

export const HashRouter = ({ children }) => children;
export const Outlet = () => null;
export const Route = () => null;
export function Routes({ children }) {
  const shown = usePlace();
  return Children.toArray(children).find((route) => route.props.path === shown)?.props.element ?? null;
}
export function Link({ to, className, children }) {
  const name = typeof className === 'function' ? className({ isActive: usePlace() === to }) : className;
  const content = typeof children === 'function' ? children({ isActive: false }) : children;
  return createElement('a', { href: `#${to}`, className: name }, content);
}
export const NavLink = Link;

const icon = () => null;
export { icon as Activity, icon as AlertCircle, icon as Clock, icon as Target, icon as Trophy, icon as Wifi, icon as WifiOff, icon as Zap };
export { icon as ArrowLeftIcon, icon as CheckCircleIcon, icon as ClockIcon, icon as WifiIcon, icon as XCircleIcon };
