// The configuration of Grid Engine, in addition to its defaults.

export const bootstrap = (home) => `admin_user              none
default_domain          none
ignore_fqdn             true
spooling_method         berkeleydb
spooling_lib            libspoolb
spooling_params         ${home}/spooldb
binary_path             /usr/sbin
qmaster_spool_dir       ${home}/spool/qmaster
security_mode           none
listener_threads        1
worker_threads          1
scheduler_threads       1
`

/**
 * Root may submit jobs, and the accounting is written immediately. Jobs do not run in a login shell: the profile of the user that runs
 * the tests may wait, for example for a lock that a killed job left behind.
 */
export const configuration = (home) => `execd_spool_dir        ${home}/spool/execd
mailer                 /bin/true
xterm                  /bin/true
load_sensor            none
prolog                 none
epilog                 none
shell_start_mode       posix_compliant
login_shells           csh,tcsh
min_uid                0
min_gid                0
user_lists             none
xuser_lists            none
projects               none
xprojects              none
enforce_project        false
enforce_user           auto
load_report_time       00:00:05
max_unheard            00:05:00
reschedule_unknown     00:00:00
loglevel               log_warning
administrator_mail     none
set_token_cmd          none
pag_cmd                none
token_extend_time      none
shepherd_cmd           none
qmaster_params         none
execd_params           none
reporting_params       accounting=true reporting=false flush_time=00:00:01 accounting_flush_time=00:00:00 joblog=false sharelog=00:00:00
finished_jobs          100
gid_range              65400-65500
max_aj_instances       2000
max_aj_tasks           75000
max_u_jobs             0
max_jobs               0
auto_user_oticket      0
auto_user_fshare       0
auto_user_default_project none
auto_user_delete_time  86400
delegated_file_staging false
reprioritize           0
jsv_url                none
`

/** Sixteen tasks at a time on any machine; a task is killed two seconds after a warning with \`-notify\`. */
export const queue = `qname                 main.q
hostlist              localhost
seq_no                0
load_thresholds       NONE
suspend_thresholds    NONE
nsuspend              1
suspend_interval      00:05:00
priority              0
min_cpu_interval      00:05:00
processors            UNDEFINED
qtype                 BATCH
ckpt_list             NONE
pe_list               smp
rerun                 FALSE
slots                 16
tmpdir                /tmp
shell                 /bin/bash
prolog                NONE
epilog                NONE
shell_start_mode      posix_compliant
starter_method        NONE
suspend_method        NONE
resume_method         NONE
terminate_method      NONE
notify                00:00:02
owner_list            NONE
user_lists            NONE
xuser_lists           NONE
subordinate_list      NONE
complex_values        NONE
projects              NONE
xprojects             NONE
calendar              NONE
initial_state         default
${['rt', 'cpu', 'fsize', 'data', 'stack', 'core', 'rss', 'vmem'].map((one) => `s_${one} INFINITY\nh_${one} INFINITY`).join('\n')}
`

export const parallelEnvironment = `pe_name            smp
slots              999
user_lists         NONE
xuser_lists        NONE
start_proc_args    NONE
stop_proc_args     NONE
allocation_rule    $pe_slots
control_slaves     FALSE
job_is_first_task  TRUE
urgency_slots      min
accounting_summary FALSE
qsort_args         NONE
`
