-- Step 3: runs of long ago are forgotten every minute without a look at the others.

CREATE INDEX run_ended ON run (ended_at);
