/** The linnet: blue body, pale wing, seed in its beak. */
export function Logo() {
  return (
    <svg className="logo" viewBox="0 0 32 32" aria-hidden="true">
      <path className="logo-body" d="M2 27C2 13.5 9.5 5 19 5a7 7 0 0 1 7 7v1c0 8-6 14-14 14z" />
      <path className="logo-wing" d="M2 27c4.5-8 9.5-11.500 17-11.500C18.500 23 14 27 8 27z" />
      <path className="logo-beak" d="m25.300 8.800 5.700 3.400-5.100 2z" />
      <circle className="logo-eye" cx="20.500" cy="10.800" r="1.700" />
    </svg>
  );
}
