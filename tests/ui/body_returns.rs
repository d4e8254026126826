use std::{error::Error, io, process::Command};

use punctual::every;

fn main() {
    let _ = every().second().run(|| true);
    let _ = every().second().run(|| Command::new("true").status());
    let _ = every().second().run(|| -> Result<(), Box<dyn Error>> { Ok(()) });
    // These follow the advice of the messages above.
    let _ = every().second().run(|| Command::new("true").status().map(|_| ()));
    let _ = every().second().run(|| -> Result<(), Box<dyn Error + Send + Sync>> { Ok(()) });
    let _ = every().second().run(|| -> Result<(), String> { Err(io::Error::last_os_error()).map_err(|e| e.to_string()) });
}
