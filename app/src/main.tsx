import './styles/tokens.css';
import './styles/base.css';
import './styles/declaration.css';
import './styles/account.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { startLocale } from './i18n/index.ts';
import { startServiceWorker } from './sw/register.ts';
import { startTheme } from './theme.ts';

startTheme();
startLocale();
const root = document.getElementById('app');
if (root) render(<App />, root);
startServiceWorker();
