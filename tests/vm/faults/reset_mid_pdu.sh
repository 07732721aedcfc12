# What: every connection is reset in the middle of the target's next PDU
# Promise: half a PDU is no answer: nothing is concluded from it
# Within: 90 s
# Short: log
begin() { front "$1" break; }
end() { front "$1" mend; }
