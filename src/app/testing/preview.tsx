import '../styles';
import { startPage } from '../start';
import { fakeHost } from './fakeSandbox';

startPage(fakeHost);
