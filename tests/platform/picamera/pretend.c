/* SPDX-License-Identifier: Apache-2.0
 *
 * What libcamera's virtual camera lacks to be a camera on a Pi, preloaded (LD_PRELOAD):
 *
 * - memory: /dev/dma_heap/linux,cma, where the kernel has none (CONFIG_DMABUF_HEAPS): its buffers are memory files;
 * - a pace: $PRETEND_FPS frames a second (30 without), of all cameras together. The virtual camera makes them as fast as it
 *   is asked;
 * - frames that are marked as good, which libcamera 0.4's virtual camera forgets;
 * - a cable: while there is the file $PRETEND_PULLED, no frame comes, and libcamera finds no camera when it looks anew. Frames
 *   that were under way come back when the camera is stopped, which libcamera insists on.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) __typeof__(&name) real = dlsym(RTLD_NEXT, #name)

/* --- memory ------------------------------------------------------------------------------------------------------- */

static int is_heap(const char *path) { return path && !strcmp(path, "/dev/dma_heap/linux,cma"); }

static int open_heap(void) { return memfd_create("pretend-heap", MFD_CLOEXEC); }

int open(const char *path, int flags, ...)
{
	REAL(open);
	va_list rest;
	va_start(rest, flags);
	mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
	va_end(rest);
	return is_heap(path) ? open_heap() : real(path, flags, mode);
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));

int ioctl(int fd, unsigned long request, ...)
{
	REAL(ioctl);
	va_list rest;
	va_start(rest, request);
	void *argument = va_arg(rest, void *);
	va_end(rest);
	if (request == DMA_HEAP_IOCTL_ALLOC) {
		struct dma_heap_allocation_data *wanted = argument;
		int buffer = memfd_create("pretend-buffer", MFD_CLOEXEC);
		if (buffer < 0 || ftruncate(buffer, wanted->len) < 0)
			return -1;
		wanted->fd = buffer;
		return 0;
	}
	int code = real(fd, request, argument);
	/* A memory file needs no DMA_BUF_IOCTL_SYNC, and has no name to set. */
	return code < 0 && errno == ENOTTY && _IOC_TYPE(request) == DMA_BUF_BASE ? 0 : code;
}

/* --- frames ------------------------------------------------------------------------------------------------------- */

#define LIBRARY "libcamera.so.0.4"

/* libcamera's PipelineHandler::registerCamera(std::shared_ptr<Camera>), ::completeBuffer(Request *, FrameBuffer *),
 * ::completeRequest(Request *) and ::stop(Camera *), all called by libcamera's own thread alone; FrameBuffer::metadata(); and
 * CameraManager::cameras(), which writes a std::vector to its first argument: three pointers, null when it is empty. */
#define REGISTER _ZN9libcamera15PipelineHandler14registerCameraESt10shared_ptrINS_6CameraEE
#define COMPLETE_BUFFER _ZN9libcamera15PipelineHandler14completeBufferEPNS_7RequestEPNS_11FrameBufferE
#define COMPLETE_REQUEST _ZN9libcamera15PipelineHandler15completeRequestEPNS_7RequestE
#define STOP _ZN9libcamera15PipelineHandler4stopEPNS_6CameraE
#define CAMERAS _ZNK9libcamera13CameraManager7camerasEv
#define METADATA _ZNK9libcamera11FrameBuffer8metadataEv
#define NAME_(symbol) #symbol
#define NAME(symbol) NAME_(symbol)

/* Python loads libcamera for itself alone, so RTLD_NEXT does not see it. */
static void *of_libcamera(const char *name)
{
	void *library = dlopen(LIBRARY, RTLD_LAZY | RTLD_NOLOAD);
	void *found = library ? dlsym(library, name) : NULL;
	if (!found)
		abort();
	dlclose(library);
	return found;
}

static void *held[64];
static unsigned holding;

static int is_pulled(void)
{
	const char *file = getenv("PRETEND_PULLED");
	return file && !access(file, F_OK);
}

static void wait_for_turn(void)
{
	static struct timespec turn;
	const char *fps = getenv("PRETEND_FPS");
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	turn.tv_nsec += 1000000000 / (fps ? atoi(fps) : 30);
	if (turn.tv_nsec >= 1000000000) {
		turn.tv_nsec -= 1000000000;
		turn.tv_sec++;
	}
	if (now.tv_sec > turn.tv_sec || (now.tv_sec == turn.tv_sec && now.tv_nsec > turn.tv_nsec))
		turn = now;
	else
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &turn, NULL);
}

/* Whether the cable was pulled when libcamera looked for cameras. */
static int was_pulled;

void REGISTER(void *self, void *camera)
{
	void (*real)(void *, void *) = of_libcamera(NAME(REGISTER));
	was_pulled = is_pulled();
	real(self, camera);
}

void *CAMERAS(void *vector, void *self)
{
	void *(*real)(void *, void *) = of_libcamera(NAME(CAMERAS));
	return was_pulled ? memset(vector, 0, 3 * sizeof(void *)) : real(vector, self);
}

/* The virtual camera leaves the status of a frame, FrameMetadata's first field, as it finds it: 0 is FrameSuccess. */
int COMPLETE_BUFFER(void *self, void *request, void *buffer)
{
	int (*real)(void *, void *, void *) = of_libcamera(NAME(COMPLETE_BUFFER));
	unsigned *(*metadata)(void *) = of_libcamera(NAME(METADATA));
	*metadata(buffer) = 0;
	return real(self, request, buffer);
}

void COMPLETE_REQUEST(void *self, void *request)
{
	void (*real)(void *, void *) = of_libcamera(NAME(COMPLETE_REQUEST));
	if (is_pulled() && holding < sizeof held / sizeof *held) {
		held[holding++] = request;
		return;
	}
	wait_for_turn();
	real(self, request);
}

void STOP(void *self, void *camera)
{
	void (*complete)(void *, void *) = of_libcamera(NAME(COMPLETE_REQUEST));
	void (*real)(void *, void *) = of_libcamera(NAME(STOP));
	for (unsigned i = 0; i < holding; i++)
		complete(self, held[i]);
	holding = 0;
	real(self, camera);
}
