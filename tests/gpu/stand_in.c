/* What discern asks of CUDA's driver, NVML, CUDA's runtime and cuDNN, answered from the environment.
   One source for all of them: each is built under its own name. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int contexts, pushed;

static long long setting(const char *name, long long otherwise) {
    const char *text = getenv(name);
    return text ? atoll(text) : otherwise;
}

int cuInit(unsigned flags) { return setting("INIT", 0); }
int cuDriverGetVersion(int *version) { *version = setting("LEVEL", 12020); return 0; }
int cuDeviceGetCount(int *count) { *count = setting("COUNT", 1); return 0; }
int cuDeviceGet(int *device, int ordinal) { *device = 40 + ordinal; return 0; }
int cuDeviceTotalMem_v2(size_t *bytes, int device) {
    *bytes = setting("TOTAL", 24000000000);
    return device == 40 ? 0 : 101;
}
int cuDeviceGetName(char *name, int length, int device) {
    snprintf(name, length, "%s", getenv("NAME") ? getenv("NAME") : "NVIDIA Stand-in");
    return device == 40 ? 0 : 101;
}
int cuDeviceGetAttribute(int *value, int attribute, int device) {
    *value = attribute == 75   ? setting("MAJOR", 8)
             : attribute == 76 ? setting("MINOR", 6)
             : attribute == 20 ? setting("MODE", 0)
                               : -1;
    return device == 40 ? 0 : 101;
}
int cuDevicePrimaryCtxRetain(void **context, int device) {
    int code = setting("RETAIN", 0);
    if (!code) contexts++;
    *context = &contexts;
    return code;
}
int cuDevicePrimaryCtxRelease_v2(int device) { contexts--; return device == 40 ? 0 : 101; }
int cuCtxPushCurrent_v2(void *context) { pushed++; return context == &contexts ? 0 : 201; }
int cuCtxPopCurrent_v2(void **context) { pushed--; *context = &contexts; return 0; }
int cuMemGetInfo_v2(size_t *available, size_t *total) {
    *available = setting("FREE", 20000000000);
    *total = setting("TOTAL", 24000000000);
    return pushed ? setting("INFO", 0) : 201;
}
int cuGetErrorName(int code, const char **name) {
    *name = code == 2     ? "CUDA_ERROR_OUT_OF_MEMORY"
            : code == 46  ? "CUDA_ERROR_DEVICE_UNAVAILABLE"
            : code == 100 ? "CUDA_ERROR_NO_DEVICE"
            : code == 101 ? "CUDA_ERROR_INVALID_DEVICE"
            : code == 803 ? "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH"
            : code == 999 ? "CUDA_ERROR_UNKNOWN"
                          : NULL;
    return *name ? 0 : 1;
}
/* Not of CUDA: the contexts that are held, and those that are current. */
int left_behind(void) { return 10 * contexts + pushed; }

int nvmlInit_v2(void) { return setting("NVML", 0); }
int nvmlShutdown(void) { return 0; }
int nvmlSystemGetDriverVersion(char *text, unsigned length) {
    if (!getenv("DRIVER")) return 999;
    snprintf(text, length, "%s", getenv("DRIVER"));
    return 0;
}
int cudaRuntimeGetVersion(int *version) { *version = 12020; return setting("RUNTIME", 0); }
size_t cudnnGetVersion(void) { return setting("CUDNN", 8904); }
