import '../src/styles/tokens.css';
import '../src/styles/base.css';
import './styles/console.css';
import { render } from 'preact';
import { setLoginPath } from '../src/api/session.ts';
import { startLocale } from '../src/i18n/core.ts';
import { startTheme } from '../src/theme.ts';
import { App } from './app.tsx';
import { PATHS } from './paths.ts';

startTheme();
startLocale();
setLoginPath(PATHS.login);
const root = document.getElementById('app');
if (root) render(<App />, root);
