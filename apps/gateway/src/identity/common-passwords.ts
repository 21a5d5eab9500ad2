/** Passwords and stems that lists of leaked passwords hold at their top; in small letters. */
export const commonPasswords: ReadonlySet<string> = new Set(
  `password passwort passw0rd password1 password12 password123 password1234 passwordpassword
   123456789 1234567890 12345678910 123456789012 0123456789 0123456789012 987654321 9876543210 98765432101
   11111111 111111111111 000000000000 121212121212 123123123123 123412341234 112233445566 123456123456
   qwertyui qwertyuiop qwertyuiop123 qwerty qwerty123 qwerty12345 qwertyqwerty qwertzuiop 1q2w3e4r 1q2w3e4r5t
   1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc qazwsxedc qazwsxedcrfv zaq12wsx asdfghjkl asdfghjkl123 asdfasdf
   asdfasdfasdf zxcvbnm zxcvbnm123 abcdefgh abcdefghijkl abcdefg123 abcd1234 abc123abc123 abcabcabcabc
   iloveyou iloveyou1 iloveyou123 iloveyouforever letmein letmeinplease letmeinnow welcome welcomehome
   welcometohell admin administrator administrateur adminadmin adminadminadmin rootroot rootpassword toor
   changeme changemenow changemeplease changeit default defaultpassword secret topsecret secretsecret
   sunshine princess football baseball basketball superman spiderman batmanbatman dragon dragondragon monkey
   monkeymonkey shadow master mastermaster michael jennifer jordan jordan23 hunter hunterhunter charlie
   computer computer123 internet starwars starwars123 whatever trustno1 freedom liverpool manchester
   chelsea arsenal barcelona realmadrid juventus summer winter spring autumn january february november
   december monday friday hello hellohello helloworld helloworld123 testtest testtesttest testing
   testing123 testpassword guest guestguest user username userpassword login loginlogin operator engineer
   semiconductor implanter cleanroom spectra spectraspectra correcthorsebatterystaple
   mypassword mypassword123 yourpassword thisismypassword nopassword p4ssw0rd`.split(/\s+/),
);
