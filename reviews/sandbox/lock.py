"""What a child gives up before it reads anything foreign.

Resource limits (POSIX) hold everywhere but on Windows; where the kernel knows seccomp (Linux on x86-64 and ARM64), a
list of system calls is added: compute, read and write what is open already, end. Everything else is refused with EPERM:
files also by name (unlink, rename and truncate need no open file), sockets, processes, signals to the parent.
"""

import ctypes
import math
import platform
import signal
import struct
import sys
import time

if sys.platform != "win32":
    import resource

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050001, 0x80000000  # refuse: errno 1, EPERM
_LOAD, _IF_EQUAL, _RETURN = 0x20, 0x15, 0x06  # BPF: ld [k], jeq k, ret k
_AT_NUMBER, _AT_ARCHITECTURE, _AT_FIRST_ARGUMENT = 0, 4, 16

# Numbers from the kernel's tables (arch/x86/entry/syscalls/syscall_64.tbl; include/uapi/asm-generic/unistd.h).
# In this order: read write close fstat poll-or-ppoll lseek mmap mprotect munmap brk rt_sigaction rt_sigprocmask
# rt_sigreturn writev sched_yield mremap madvise nanosleep setitimer getpid exit gettimeofday getrusage sigaltstack
# gettid futex restart_syscall clock_gettime clock_getres clock_nanosleep exit_group getrandom rseq.
_X86_64 = [0, 1, 3, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 20, 24, 25, 28, 35, 38, 39, 60, 96, 98, 131, 186]
_X86_64 += [202, 219, 228, 229, 230, 231, 318, 334]
_ARM64 = [63, 64, 57, 80, 73, 62, 222, 226, 215, 214, 134, 135, 139, 66, 124, 216, 233, 101, 103, 172, 93, 169, 165]
_ARM64 += [132, 178, 98, 128, 113, 114, 115, 94, 278, 293]
# By machine: the audit architecture, prlimit64 (allowed on the caller itself only), the rest.
_TABLES = {"x86_64": (0xC000003E, 302, _X86_64), "aarch64": (0xC00000B7, 261, _ARM64)}


def lock_resources(memory_bytes: int) -> None:
    """No new file or socket, no growing file, no core, no child process, and a limit of memory."""
    if sys.platform == "win32":
        return
    for name, limit in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(name, (limit, limit))


def renew_cpu(cpu_seconds: float) -> None:
    """Give the coming task its CPU time: a precise timer, and the limit, which counts whole seconds, behind it."""
    if sys.platform == "win32":
        return
    used = math.ceil(time.process_time())
    resource.setrlimit(resource.RLIMIT_CPU, (used + math.ceil(cpu_seconds), resource.RLIM_INFINITY))
    signal.setitimer(signal.ITIMER_PROF, cpu_seconds)


def stop_cpu() -> None:
    """End the timer of a task that is done."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_PROF, 0)


def lock_system_calls() -> bool:
    """Leave only the listed system calls; False where this kernel or machine cannot."""
    table = _TABLES.get(platform.machine())
    if sys.platform != "linux" or table is None:
        return False
    program = build_filter(*table)
    code = ctypes.create_string_buffer(program, len(program))
    # The kernel's sock_fprog begins with the number of instructions; a pointer to them follows.
    head = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(head), 0, 0) == 0)


def build_filter(architecture: int, prlimit: int, allowed: list[int]) -> bytes:
    """The BPF program: kill on another architecture, allow what is listed, refuse the rest."""
    code = [_step(_LOAD, _AT_ARCHITECTURE), _step(_IF_EQUAL, architecture, 1, 0), _step(_RETURN, _KILL)]
    code.append(_step(_LOAD, _AT_NUMBER))
    for number in allowed:
        code += [_step(_IF_EQUAL, number, 0, 1), _step(_RETURN, _ALLOW)]
    code += [_step(_IF_EQUAL, prlimit, 0, 3), _step(_LOAD, _AT_FIRST_ARGUMENT), _step(_IF_EQUAL, 0, 0, 1)]
    code += [_step(_RETURN, _ALLOW), _step(_RETURN, _REFUSE)]
    return b"".join(code)


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, value)
